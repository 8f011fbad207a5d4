"""Customers: the list, one customer's page with its tabs, and what is done to it."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from riskportal.contracts.records import RecordRef
from riskportal.customers.lists import customer_page
from riskportal.customers.models import BillGroup, Customer
from riskportal.customers.notes import count_notes, notes_of
from riskportal.customers.services import (
    NumberTaken,
    StillActive,
    add_customer,
    archive_customer,
    bill_groups_of,
    change_customer,
    next_number,
    restore_customer,
)
from riskportal.forms import Form, Problem, submit
from riskportal.plug import Tab, _, plural
from riskportal.plug.tables import Choice, Column, Table
from riskportal.shell.account.forms import objections
from riskportal.shell.console.forms import customer_form, note_form
from riskportal.shell.console.permissions import P
from riskportal.shell.console.pieces import TEMPLATES, core_tabs, open_tab
from riskportal.shell.once import note_if_other, public_id_of

TABLE = Table(
    "core.staff_customers",
    _("Customers"),
    columns=(
        Column(_("Name"), "name"),
        Column(_("Number"), "number"),
        Column(_("Bill groups"), kind="num"),
        Column(_("Added"), "created", falling=True, kind="date"),
        Column(_("State")),
    ),
    order="name",
    choices=(Choice("state", _("State"), {"active": _("Active"), "archived": _("Archived"), "all": _("All")}),),
    text=_("Name or number"),
)


@view_config(route_name="core.staff_customers", request_method="GET", renderer=f"{TEMPLATES}customers.jinja2")
def customers(request: Any) -> dict[str, Any]:
    """All customers of the tenant."""
    asked = request.table(TABLE)
    page = customer_page(request.db, asked.text, asked.chosen["state"], asked.at)
    return {"table": asked.show(page, page.rows), "may_add": request.allows(P.CUSTOMER_WRITE)}


@view_config(route_name="core.staff_customer_new", request_method="GET", renderer=f"{TEMPLATES}form.jinja2")
def new_page(request: Any) -> dict[str, Any]:
    """The form for a new customer, with the next number."""
    return _new_values(customer_form(request, None, next_number(request.db)))


@view_config(route_name="core.staff_customer_new", request_method="POST", renderer=f"{TEMPLATES}form.jinja2")
def new(request: Any) -> Any:
    """Add a customer; what comes next is its first bill group."""

    def accept(values: dict[str, str]) -> Any:
        try:
            customer, added = add_customer(
                request.db,
                public_id=public_id_of(request, values["once"]),
                name=values["name"],
                legal_name=values["legal_name"] or values["name"],
                number=values["number"],
                suggested=values["suggested"],
            )
        except NumberTaken as taken:
            raise Problem({"number": _taken(taken)}) from None
        if added:
            request.audit("core.customer_added", record=_ref(customer), name=customer.name, number=customer.number)
            request.note(
                "good",
                _("{name} is added as customer {number}.", name=customer.name, number=customer.number),
            )
        else:
            note_if_other(request, customer.name, values["name"])
        return HTTPSeeOther(_path(request, customer, "core.staff_bill_group_new"))

    return submit(request, customer_form(request, None), accept, on_error=_new_values)


def _new_values(form: Form) -> dict[str, Any]:
    return {"form": form, "title": _("New customer"), "up": "core.staff_customers", "record": None, "lede": ""}


def _taken(taken: NumberTaken) -> Any:
    return _("The customer {name} has this number. Choose another.", name=taken.customer.name)


@view_config(route_name="core.staff_customer", request_method="GET", renderer=f"{TEMPLATES}customer.jinja2")
def customer(request: Any) -> dict[str, Any]:
    """A customer with its bill groups, its notes, its history, and what the modules know."""
    return customer_values(request, request.context.record)


def customer_values(
    request: Any, customer: Customer, *, tab: str | None = None, note: Form | None = None, stopped: Any = None
) -> dict[str, Any]:
    """What the page of a customer shows; with `note` the notes as they are after a try, with `stopped` why it
    could not be archived."""
    ref, groups = _ref(customer), bill_groups_of(request.db, customer)
    return {
        "customer": customer,
        "tabs": open_tab(request, ref, _own_tabs(request, customer, ref, groups, note), tab),
        "may_write": request.allows(P.CUSTOMER_WRITE),
        "open_groups": [group for group in groups if group.state == "active"],
        "stopped": stopped,
    }


def _own_tabs(
    request: Any, customer: Customer, ref: RecordRef, groups: list[BillGroup], note: Form | None
) -> list[Tab]:
    overview = ("customer_overview", lambda: _overview(request, customer, groups))
    noted = count_notes(request.db, customer)
    return core_tabs(request, ref, overview, lambda: _notes(request, customer, note), noted)


def _overview(request: Any, customer: Customer, groups: list[BillGroup]) -> dict[str, Any]:
    pinned = [note for note in notes_of(request.db, customer) if note.pinned]
    return {"groups": groups, "pinned": pinned, "may_add": request.allows(P.CUSTOMER_WRITE)}


def _notes(request: Any, customer: Customer, form: Form | None) -> dict[str, Any]:
    may_write = request.allows(P.NOTE_WRITE)
    action = _path(request, customer, "core.staff_customer_note")
    return {
        "notes": notes_of(request.db, customer),
        "groups": {group.id: group for group in bill_groups_of(request.db, customer)},
        "note_form": (form or note_form(request, action)) if may_write else None,
        "note_owner": customer,
    }


@view_config(route_name="core.staff_customer_edit", request_method="GET", renderer=f"{TEMPLATES}form.jinja2")
def edit_page(request: Any) -> dict[str, Any]:
    """The form with what is stored."""
    return _edit_values(request, customer_form(request, request.context.record))


@view_config(route_name="core.staff_customer_edit", request_method="POST", renderer=f"{TEMPLATES}form.jinja2")
def edit(request: Any) -> Any:
    """Change names and number. If a colleague changed them meanwhile, the form comes back and says so."""
    row: Customer = request.context.record
    form = customer_form(request, row)

    def accept(values: dict[str, str]) -> Any:
        wanted = {**values, "legal_name": values["legal_name"] or values["name"]}
        try:
            with objections(form, wanted, request.locale_name):
                changes = change_customer(request.db, row, wanted, seen=values["seen"])
        except NumberTaken as taken:
            raise Problem({"number": _taken(taken)}) from None
        if changes:
            fields = [change.field for change in changes]
            request.audit("core.customer_changed", record=_ref(row), name=row.name, fields=fields)
            request.note("good", _("The changes are saved."))
        return HTTPSeeOther(_path(request, row))

    return submit(request, form, accept, on_error=lambda form: _edit_values(request, form))


def _edit_values(request: Any, form: Form) -> dict[str, Any]:
    row = request.context.record
    lede = _("Invoices that were issued keep what they say.")
    return {"form": form, "title": _("Edit {name}", name=row.name), "up": None, "record": _ref(row), "lede": lede}


@view_config(route_name="core.staff_customer_archive", request_method="POST", renderer=f"{TEMPLATES}customer.jinja2")
def archive(request: Any) -> Any:
    """Put a customer away; refused while a bill group is active."""
    row: Customer = request.context.record
    try:
        changed = archive_customer(request.db, row, request.clock.now())
    except StillActive as active:
        request.response.status_int = 409
        stopped = plural(
            "{n} bill group is still active. Close it first.",
            "{n} bill groups are still active. Close them first.",
            len(active.groups),
        )
        return customer_values(request, row, tab="core.overview", stopped=stopped)
    if changed:
        request.audit("core.customer_archived", record=_ref(row), name=row.name)
        request.note("good", _("{name} is archived.", name=row.name))
    return HTTPSeeOther(_path(request, row))


@view_config(route_name="core.staff_customer_restore", request_method="POST")
def restore(request: Any) -> Any:
    """Take a customer out of the archive."""
    row: Customer = request.context.record
    if restore_customer(request.db, row):
        request.audit("core.customer_restored", record=_ref(row), name=row.name)
        request.note("good", _("{name} is active again. Its bill groups are as they were.", name=row.name))
    return HTTPSeeOther(_path(request, row))


def _ref(customer: Customer) -> RecordRef:
    return RecordRef("core.customer", customer.public_id)


def _path(request: Any, customer: Customer, route: str = "core.staff_customer") -> str:
    path: str = request.route_path(route, public_id=customer.public_id)
    return path
