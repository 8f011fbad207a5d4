"""Steps of moving a login to another address."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.identity.models import Membership
from riskportal.testing.factories import HOST

OLD, NEW = "ada@customer.test", "ada@new.test"
LINK = re.compile(rf"https?://{re.escape(HOST)}((?:/staff)?/confirm-email/[\w-]+)")


def ask(visitor: Any, here: str, email: str = NEW, **kw: Any) -> Any:
    form = visitor.get(here).forms["new-address"]
    form["email"] = email
    return form.submit("send", **kw)


def mails(run_jobs: Any, outbox: Any) -> dict[tuple[str, str], str]:
    """The text of every mail by its recipient and subject."""
    run_jobs()
    return {(str(m["To"]), str(m["Subject"])): m.get_body(("plain",)).get_content() for m in outbox()}


def link_in(sent: dict[tuple[str, str], str], to: str = NEW) -> str:
    found = [LINK.search(text) for (who, _subject), text in sent.items() if who == to]
    return next(match[1] for match in reversed(found) if match)


def one(database: Any, model: Any, *where: Any) -> Any:
    with database.session(Scope.system_wide("test"), write=False) as db:
        return db.scalars(select(model).where(*where).order_by(model.id.desc())).first()


def own_rights(database: Any) -> list[tuple[str, str, bool]]:
    """Every membership: whose, what, and whether it opens anything."""
    with database.session(Scope.system_wide("test"), write=False) as db:
        rows = db.scalars(select(Membership).order_by(Membership.id))
        return [(row.email, row.role, row.revoked_at is None) for row in rows]


def codes(database: Any) -> list[str]:
    with database.session(Scope.system_wide("test"), write=False) as db:
        return list(db.scalars(select(AuditEntry.code).order_by(AuditEntry.id)))


def press(browser: Any, path: str, **kw: Any) -> Any:
    return browser.get(path).forms[0].submit(**kw)
