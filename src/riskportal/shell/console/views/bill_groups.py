"""Bill groups: added below a customer, one's page with its tabs, and what is done to it."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from riskportal.contracts.records import RecordRef
from riskportal.customers.contacts import contacts_of
from riskportal.customers.details import FIELDS, details_of
from riskportal.customers.models import BillGroup, Customer
from riskportal.customers.notes import count_notes, notes_of
from riskportal.customers.services import (
    CustomerArchived,
    add_bill_group,
    bill_groups_of,
    change_bill_group,
    close_bill_group,
    reopen_bill_group,
)
from riskportal.forms import Form, Problem, submit
from riskportal.plug import Tab, _
from riskportal.shell.account.changes import ask_register, details_changed
from riskportal.shell.account.forms import detail_values, objections
from riskportal.shell.account.vat_words import vat_state
from riskportal.shell.console.forms import bill_group_form, note_form
from riskportal.shell.console.permissions import P
from riskportal.shell.console.pieces import TEMPLATES, core_tabs, open_tab
from riskportal.shell.emails.tables import mails_tab
from riskportal.shell.once import note_if_other, public_id_of
from riskportal.web.countries import country_name

# Pages of other areas that a bill group's page leads to, for those who may go there.
DOORS = (
    ("core.staff_access", _("Customer Portal"), "key"),
    ("core.staff_preview", _("Preview portal"), "eye"),
)


@view_config(route_name="core.staff_bill_group_new", request_method="GET", renderer=f"{TEMPLATES}form.jinja2")
def new_page(request: Any) -> dict[str, Any]:
    """The form for a new bill group; the first one is most often called like its customer."""
    customer: Customer = request.context.record
    name = "" if bill_groups_of(request.db, customer) else customer.name
    return _new_values(request, bill_group_form(request, None, name))


@view_config(route_name="core.staff_bill_group_new", request_method="POST", renderer=f"{TEMPLATES}form.jinja2")
def new(request: Any) -> Any:
    """Add a bill group. Its portal is off until somebody opens it."""
    customer: Customer = request.context.record

    def accept(data: dict[str, Any]) -> Any:
        details = detail_values(data, {})
        values = {"name": data["name"], "currency": data["currency"], "language": data["language"], **details}
        once = public_id_of(request, data["once"])
        try:
            group, added = add_bill_group(request.db, customer, public_id=once, values=values)
        except CustomerArchived:
            raise Problem({"": _("The customer is archived. Take it out of the archive first.")}) from None
        if added:
            _note(request, group, "core.bill_group_added")
            ask_register(request, group)
            text = _(
                "{name} is added. Say who gets in and switch its portal on under “Customer Portal”.", name=group.name
            )
            request.note("good", text)
        else:
            note_if_other(request, group.name, values["name"])
        return HTTPSeeOther(_path(request, group))

    form = bill_group_form(request, None)
    return submit(request, form, accept, on_error=lambda form: _new_values(request, form))


def _new_values(request: Any, form: Form) -> dict[str, Any]:
    customer = request.context.record
    lede = _("What is billed together: services, invoices and the portal of {name}.", name=customer.name)
    ref = RecordRef("core.customer", customer.public_id)
    return {"form": form, "title": _("New bill group"), "up": None, "record": ref, "lede": lede}


@view_config(route_name="core.staff_bill_group", request_method="GET", renderer=f"{TEMPLATES}bill_group.jinja2")
def bill_group(request: Any) -> dict[str, Any]:
    """A bill group with its facts, notes and history, and what the modules know."""
    return bill_group_values(request, request.context.record)


def bill_group_values(
    request: Any, group: BillGroup, *, tab: str | None = None, note: Form | None = None
) -> dict[str, Any]:
    """What the page of a bill group shows; with `note` the notes as they are after a try."""
    ref = _ref(group)
    return {
        "group": group,
        "tabs": open_tab(request, ref, _own_tabs(request, group, ref, note), tab),
        "doors": _doors(request, group),
        "may_write": request.allows(P.CUSTOMER_WRITE),
    }


def _own_tabs(request: Any, group: BillGroup, ref: RecordRef, note: Form | None) -> list[Tab]:
    overview = ("bill_group_overview", lambda: _overview(request, group))
    noted, mails = count_notes(request.db, group.customer, group), mails_tab(request, group)
    return core_tabs(
        request, ref, overview, lambda: _notes(request, group, note), noted, [mails] if mails is not None else []
    )


def _overview(request: Any, group: BillGroup) -> dict[str, Any]:
    return {
        "country": country_name(group.country, request.locale_name),
        "contacts": contacts_of(request.db, group),
        "may_write_contacts": request.allows(P.CUSTOMER_WRITE) and group.state == "active",
        "vat": vat_state(request, group),
        "pinned": [note for note in notes_of(request.db, group.customer, group) if note.pinned],
    }


def _notes(request: Any, group: BillGroup, form: Form | None) -> dict[str, Any]:
    action = _path(request, group, "core.staff_bill_group_note")
    return {
        "notes": notes_of(request.db, group.customer, group),
        "groups": {},
        "note_form": (form or note_form(request, action)) if request.allows(P.NOTE_WRITE) else None,
        "note_owner": group.customer,
    }


def _doors(request: Any, group: BillGroup) -> list[dict[str, Any]]:
    """The ways from here to the portal: who reaches it, and what they see."""
    known = request.registry.portal_routes
    return [
        {"label": label, "href": _path(request, group, route), "icon": icon}
        for route, label, icon in DOORS
        if route in known and request.allows(known[route].permission)
    ]


@view_config(route_name="core.staff_bill_group_edit", request_method="GET", renderer=f"{TEMPLATES}form.jinja2")
def edit_page(request: Any) -> dict[str, Any]:
    """The form with what is stored."""
    return _edit_values(request, bill_group_form(request, request.context.record))


@view_config(route_name="core.staff_bill_group_edit", request_method="POST", renderer=f"{TEMPLATES}form.jinja2")
def edit(request: Any) -> Any:
    """Change a bill group. If its people changed it meanwhile, the form comes back and says so."""
    group: BillGroup = request.context.record
    form = bill_group_form(request, group)

    def accept(data: dict[str, Any]) -> Any:
        own = {"name": data["name"], "language": data["language"]}
        values = {**own, **detail_values(data, details_of(group))}
        with objections(form, values, request.locale_name):
            changes = change_bill_group(request.db, group, values, seen=data["seen"])
        # The owners are told what staff changed about them as they are of their own people's changes.
        details_changed(request, group, [change for change in changes if change.field in FIELDS])
        ours = [change.field for change in changes if change.field in own]
        if ours:
            _note(request, group, "core.bill_group_changed", fields=ours)
        if changes:
            request.note("good", _("The changes are saved."))
        return HTTPSeeOther(_path(request, group))

    return submit(request, form, accept, on_error=lambda form: _edit_values(request, form))


def _edit_values(request: Any, form: Form) -> dict[str, Any]:
    group = request.context.record
    lede = _("Invoices that were issued keep what they say.")
    return {"form": form, "title": _("Edit {name}", name=group.name), "up": None, "record": _ref(group), "lede": lede}


@view_config(route_name="core.staff_bill_group_close", request_method="POST")
def close(request: Any) -> Any:
    """Close a bill group; its people are out at their next request."""
    group: BillGroup = request.context.record
    if close_bill_group(request.db, group):
        _note(request, group, "core.bill_group_closed")
        request.note("good", _("{name} is closed. Nobody reaches its portal any more.", name=group.name))
    return HTTPSeeOther(_path(request, group))


@view_config(route_name="core.staff_bill_group_reopen", request_method="POST")
def reopen(request: Any) -> Any:
    """Open a bill group again."""
    group: BillGroup = request.context.record
    try:
        changed = reopen_bill_group(request.db, group)
    except CustomerArchived:
        request.note("bad", _("The customer is archived. Take it out of the archive first."))
        return HTTPSeeOther(_path(request, group))
    if changed:
        _note(request, group, "core.bill_group_reopened")
        request.note("good", _("{name} is active again. Its portal is off until you switch it on.", name=group.name))
    return HTTPSeeOther(_path(request, group))


def _note(request: Any, group: BillGroup, code: str, **data: Any) -> None:
    request.audit(code, record=_ref(group), bill_group_id=group.id, name=group.name, **data)


def _ref(group: BillGroup) -> RecordRef:
    return RecordRef("core.bill_group", group.public_id)


def _path(request: Any, group: BillGroup, route: str = "core.staff_bill_group") -> str:
    path: str = request.route_path(route, public_id=group.public_id)
    return path
