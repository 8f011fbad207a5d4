"""Notes of the staff about customers and bill groups: written, kept on top, deleted by who wrote them."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPBadRequest, HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from riskportal.contracts.records import RecordRef
from riskportal.customers.models import BillGroup, Customer
from riskportal.customers.notes import NotYours, add_note, delete_note, load_note, pin_note
from riskportal.forms import submit
from riskportal.plug import _
from riskportal.security.junk import posted
from riskportal.security.redirects import local_path
from riskportal.shell.console.forms import note_form
from riskportal.shell.console.views.bill_groups import bill_group_values
from riskportal.shell.console.views.customers import customer_values
from riskportal.shell.once import public_id_of

TAB = "core.notes"


@view_config(
    route_name="core.staff_customer_note",
    request_method="POST",
    renderer="riskportal:templates/console/customer.jinja2",
)
def about_customer(request: Any) -> Any:
    """A note about a customer."""
    customer: Customer = request.context.record
    back = request.route_path("core.staff_customer", public_id=customer.public_id, _query={"tab": TAB})
    return submit(
        request,
        note_form(request, request.path),
        lambda values: _add(request, customer, None, values, back),
        on_error=lambda form: customer_values(request, customer, tab=TAB, note=form),
    )


@view_config(
    route_name="core.staff_bill_group_note",
    request_method="POST",
    renderer="riskportal:templates/console/bill_group.jinja2",
)
def about_bill_group(request: Any) -> Any:
    """A note about one bill group; it stands on its customer's page as well."""
    group: BillGroup = request.context.record
    back = request.route_path("core.staff_bill_group", public_id=group.public_id, _query={"tab": TAB})
    return submit(
        request,
        note_form(request, request.path),
        lambda values: _add(request, group.customer, group, values, back),
        on_error=lambda form: bill_group_values(request, group, tab=TAB, note=form),
    )


def _add(request: Any, customer: Customer, group: BillGroup | None, values: dict[str, Any], back: str) -> Any:
    user = request.user
    _row, added = add_note(
        request.db,
        customer,
        group,
        public_id=public_id_of(request, values["once"]),
        author=(user.id, user.name or user.email),
        text=values["text"],
        pinned=values["pinned"],
    )
    if added:
        # Of the tenant, not of the bill group: what belongs to a bill group its people may come to see.
        request.audit("core.note_added", record=RecordRef("core.customer", customer.public_id))
        request.note("good", _("The note is saved."))
    return HTTPSeeOther(back)


@view_config(route_name="core.staff_note", request_method="POST")
def change(request: Any) -> Any:
    """Keep a note on top, let it down again, or delete one's own."""
    customer: Customer = request.context.record
    note = load_note(request.db, request.matchdict["note"])
    if note is None or note.customer_id != customer.id:
        raise HTTPNotFound()
    act = posted(request, "act")
    if act in ("pin", "unpin"):
        pin_note(request.db, note, act == "pin")
    elif act == "delete":
        _delete(request, customer, note)
    else:
        raise HTTPBadRequest()
    home = request.route_path("core.staff_customer", public_id=customer.public_id, _query={"tab": TAB})
    return HTTPSeeOther(local_path(posted(request, "back")) or home)


def _delete(request: Any, customer: Customer, note: Any) -> None:
    try:
        delete_note(request.db, note, request.user.id)
    except NotYours:
        request.note("bad", _("Only {name} can delete this note.", name=note.author_name))
        return
    request.audit("core.note_deleted", record=RecordRef("core.customer", customer.public_id))
    request.note("good", _("The note is deleted."))
