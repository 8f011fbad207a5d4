"""Mails that another system has sent: loaded once, shown as sent, never sent again."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from riskportal.db.guard import Scope
from riskportal.jobs.models import JobRow
from riskportal.mail.models import OutgoingMail
from riskportal.portfolio.base import PortfolioError


def loaded(loader: Any, file: Any, **changes: Any) -> Any:
    file["mails"][0] |= changes
    return loader.load(file)


def rows(database: Any) -> list[OutgoingMail]:
    with database.session(Scope.system_wide("test"), write=False) as db:
        assert db.scalar(select(func.count()).select_from(JobRow)) == 0
        return list(db.scalars(select(OutgoingMail)))


def test_a_mail_is_kept_as_it_was_sent_and_not_sent(loader: Any, file: Any, portfolio_database: Any) -> None:
    for _again in range(2):
        loaded(loader, file, text="Hello <b>Ida</b>,\n\n{link} {{x}} 100%")
    (mail,) = rows(portfolio_database)
    assert (mail.state, mail.failure, mail.language) == ("sent", None, "en")
    assert (
        mail.sent_at is not None
        and mail.sent_at.isoformat() == "2026-05-12T06:00:00+00:00" == mail.created_at.isoformat()
    )
    assert mail.text.startswith("Hello <b>Ida</b>,\n\n{link} {{x}} 100%")
    assert "Hello &lt;b&gt;Ida&lt;/b&gt;," in mail.html and "{link} {{x}} 100%" in mail.html
    assert mail.bill_group_id is not None and mail.message_id.startswith(f"<{mail.public_id}@")


def test_one_that_failed(loader: Any, file: Any, portfolio_database: Any) -> None:
    loaded(loader, file, failure="mailbox full", language="de")
    (mail,) = rows(portfolio_database)
    assert (mail.state, mail.failure, mail.sent_at, mail.language) == ("failed", "mailbox full", None, "de")


def test_what_was_sent_cannot_change(loader: Any, file: Any, portfolio_database: Any) -> None:
    loaded(loader, file)
    with pytest.raises(PortfolioError, match="a mail that was sent can't be changed"):
        loaded(loader, file, subject="Something else")
    assert rows(portfolio_database)[0].subject == "Your invoice 2026-0042"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"to": "a@b.test, c@d.test"}, "expected an e-mail address"),
        ({"kind": "Invoice"}, "expected a mail kind"),
        ({"sent_at": "2026-05-12"}, "expected a moment with an offset"),
        ({"bill_group": "nobody"}, "nobody"),
        ({"subject": ""}, "expected text"),
        ({"subject": "a\x00b"}, "expected text"),
        ({"html": "<b>x</b>"}, "unknown key"),
        ({"language": "fr"}, "expected one of"),
    ],
)
def test_what_is_refused(
    loader: Any, file: Any, portfolio_database: Any, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(PortfolioError, match=words):
        loaded(loader, file, **changes)
    assert rows(portfolio_database) == []


def test_line_ends_make_no_header(loader: Any, file: Any, portfolio_database: Any) -> None:
    loaded(loader, file, subject="Hello\nBcc: eve@evil.test")
    assert rows(portfolio_database)[0].subject == "Hello Bcc: eve@evil.test"
