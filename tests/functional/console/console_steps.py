"""Steps in the console, as a colleague takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope

HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)> {{ 7 * 7 }} ${7*7} '; DROP TABLE customers; --",
    "株式会社ノースウィンド・アトリエ東京支店",
    "شركة الرياح الشمالية",
    "Ünïcödé ﷺ \U0001f469‍\U0001f4bb e\u0301",
    "100%_\\[a-z]*",
)


def cells(page: Any, column: int = 0) -> list[str]:
    """The texts of one column of the page's table: the strong part of the first, all of any other."""
    rows = page.html.find("table", class_="rows").find("tbody").find_all("tr")
    found = [row.find_all("td")[column] for row in rows]
    return [(cell.find("strong") or cell).get_text(strip=True) for cell in found]


def submit(page: Any, form: str, status: int | None = 303, **values: Any) -> Any:
    """Fill a form and press its first button."""
    filled = page.forms[form]
    for name, value in values.items():
        filled[name] = value
    return filled.submit("save", status=status)


def press(page: Any, action: str, name: str | None = None, value: str | None = None, **kw: Any) -> Any:
    """Press the button of the form that is posted to an address ending in `action`."""
    form = next(form for form in page.forms.values() if form.action.endswith(action))
    return form.submit(name, value=value, **kw) if name else form.submit(**kw)


def audited(database: Any, tenant: Any, code: str) -> list[dict[str, Any]]:
    """The data of all entries with a code, oldest first."""
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        found = db.scalars(select(AuditEntry).where(AuditEntry.code == code).order_by(AuditEntry.id))
        return [entry.data for entry in found]


def stored(database: Any, row: Any) -> Any:
    """The row as the database has it now."""
    with database.session(Scope.system_wide("test"), write=False) as db:
        return db.get(type(row), row.id)


Open = Callable[..., Any]
