"""Steps at the pages of one's own login, and what they leave behind."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.identity import totp

GOOD = "correct horse battery staple"
HOSTILE_CODES = ["", "000000", "12345", "abcdef", "1" * 41, "１２３４５６", "<b>", "0x1234"]


def rows(database: Any, model: Any) -> list[Any]:
    with database.session(Scope.system_wide("test"), write=False) as db:
        return list(db.scalars(select(model).order_by(model.id)))


def told(run_jobs: Any, outbox: Any) -> list[str]:
    """The first line of every mail about a change, in alphabetical order."""
    run_jobs()
    return sorted(mail.get_body(("plain",)).get_content().splitlines()[0] for mail in outbox())


def codes_of(database: Any) -> list[str]:
    return [entry.code for entry in rows(database, AuditEntry)]


def set_up_app(visitor: Any, at: Any, clock: Any) -> tuple[Any, str]:
    """Turn an app on as a person does; gives the answer and the secret."""
    page = visitor.get(at("/app"))
    shared = page.html.select_one("code.mono").text.replace(" ", "")
    form = page.forms["app"]
    form["code"] = totp.code_at(shared, totp.step_at(clock.now()))
    return form.submit("on"), shared


def press(page: Any, ending: str, **kw: Any) -> Any:
    return next(form for form in page.forms.values() if form.action.endswith(ending)).submit(**kw)
