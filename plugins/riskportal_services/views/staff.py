"""Services in the staff console: the desk, and what stands on the core's pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from riskportal.plug import Message, RecordRef, SearchHit, Tab, Work, _, plural
from riskportal.plug.tables import Choice, Column, Table
from riskportal_services.models import SERVICE_STATES
from riskportal_services.permissions import P
from riskportal_services.services import desk
from riskportal_services.services.search import score
from riskportal_services.views import wording

TAB = "services.services"
TAB_TEMPLATE = "riskportal_services:templates/staff/tab.jinja2"
COLUMNS = (
    Column(_("Service"), "name"),
    Column(_("Price"), kind="num"),
    Column(_("Next bill"), "due", kind="date"),
    Column(_("Since"), "registered", falling=True, kind="date"),
    Column(_("Status")),
)
SHOWS = {
    "active": _("Active"),
    "pending": _("Being set up"),
    "trouble": _("Not running"),
    "past": _("Past"),
    "all": _("All"),
}
DESK = Table(
    "services.desk",
    _("Services"),
    (COLUMNS[0], Column(_("Customer")), *COLUMNS[1:]),
    order="name",
    choices=(Choice("show", _("State"), SHOWS),),
    text=_("Name or label"),
)
# On a customer's or bill group's page, where nobody asks whose they are.
OWN = Table(
    TAB, _("Services"), COLUMNS, order="name", choices=(Choice("show", _("State"), SHOWS),), text=_("Name or label")
)


def desk_view(context: Any, request: Any) -> dict[str, Any]:
    """Services of all customers."""
    return {"table": _table(request, DESK, None)}


def _table(request: Any, table: Table, ref: RecordRef | None, kept: dict[str, str] | None = None) -> Any:
    asked = request.table(table, kept=kept)
    page = desk.desk_page(request.db, ref, asked.text, asked.chosen["show"], asked.at)
    return asked.show(page, [_row(request, row) for row in page.rows])


def _row(request: Any, row: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "label": row.label,
        "price": wording.price(request.fmt, row),
        "next_due_on": row.next_due_on,
        "registered_on": row.registered_on,
        "state": SERVICE_STATES[row.state],
        "group": row.group,
        "customer": row.customer,
        "url": group_url(request, row.group_id),
    }


def work(request: Any) -> Iterator[Work]:
    """Services that could not be set up, are suspended, or are being set up."""
    if not request.allows(P.SERVICE_STAFF_READ):
        return
    for found in desk.waiting(request.db):
        yield _work(request, found)


def _work(request: Any, found: desk.Waiting) -> Work:
    show = "pending" if found.state == "pending" else "trouble"
    title, why = _work_words(found.state, found.count)
    return Work(
        f"services.{found.state}",
        title=title,
        why=why,
        url=request.route_path("services.desk", _query={"show": show}),
        count=found.count,
        tone="bad" if found.state == "failed_setup" else "wait",
        icon="services",
        weight={"failed_setup": 20, "pending": 50, "suspended": 60}[found.state],
    )


def _work_words(state: str, n: int) -> tuple[Message, Message]:
    if state == "failed_setup":
        text = plural("{n} service could not be set up", "{n} services could not be set up", n)
        return text, _("The customer waits for it.")
    if state == "suspended":
        return plural("{n} service is suspended", "{n} services are suspended", n), _("Nothing of it runs.")
    return plural("{n} service is being set up", "{n} services are being set up", n), _("Not handed over yet.")


def search(request: Any, query: str, limit: int) -> Iterator[SearchHit]:
    """Services by name and label; they lead to the tab on their bill group's page."""
    if not request.allows(P.SERVICE_STAFF_READ):
        return
    for row in desk.find(request.db, query, limit):
        url = group_url(request, row.group_id)
        if url is None:
            return
        yield SearchHit(
            "services.service",
            title=row.name if row.label is None else _("{name}, {label}", name=row.name, label=row.label),
            subtitle=f"{row.customer}, {row.group} · {request.translate(SERVICE_STATES[row.state].label)}",
            url=url,
            # Customers and people stand above what they have, when both fit alike.
            score=score(query, row.name, row.label) - 0.1,
        )


def tabs(request: Any, ref: RecordRef) -> Iterator[Tab]:
    """The services of a customer or bill group."""
    if not request.allows(P.SERVICE_STAFF_READ):
        return
    count = desk.active_count(request.db, ref)
    yield Tab(
        TAB,
        _("Services"),
        TAB_TEMPLATE,
        load=lambda: {"table": _table(request, OWN, ref, kept={"tab": TAB}), "add_url": _add_url(request, ref)},
        count=count or None,
        weight=20,
    )


def _add_url(request: Any, ref: RecordRef) -> str | None:
    """Where a service is added to a bill group; None on a customer's page and for readers who may not."""
    if ref.kind != "core.bill_group" or not request.allows(P.SERVICE_STAFF_WRITE):
        return None
    path: str = request.route_path("services.add", public_id=ref.public_id)
    return path


def group_url(request: Any, public_id: str) -> str | None:
    """The tab on the bill group's page, None for readers who may not open it."""
    link = request.link_to(RecordRef("core.bill_group", public_id), title="")
    return f"{link.url}?tab={TAB}" if link is not None and link.url is not None else None
