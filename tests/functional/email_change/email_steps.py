"""Steps of moving a login to another address."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from sqlalchemy import select, text

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


def one_behind_the_other(
    database: Any, tenant: Any, first: Callable[[Any], Any], second: Callable[[Any], Any]
) -> Any:
    """What two services give, the second one of which begins before the transaction of the first has ended."""

    def run() -> Any:
        with database.session(Scope.tenant_wide(tenant.id)) as db:
            return second(db)

    with ThreadPoolExecutor(1) as pool:
        with database.session(Scope.tenant_wide(tenant.id)) as db:
            answer = first(db)
            db.flush()
            waiting = pool.submit(run)
            _let_it_wait(database)
        return answer, waiting.result()


def _let_it_wait(database: Any) -> None:
    """Until somebody waits for a lock. On SQLite nobody who writes even begins meanwhile."""
    if database.engine.dialect.name != "postgresql":
        return
    stuck = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _turn in range(1000):
        with database.engine.connect() as connection:
            if connection.scalar(stuck):
                return
        Event().wait(0.01)
    raise AssertionError("the second one never waited for the first")
