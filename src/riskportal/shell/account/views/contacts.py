"""The account's contacts: whom invoices and parcels go to, and whoever else shall be known.

The list is a page of the portal; a new contact, a changed and a removed one have the same pages in the console,
where the list is a part of the bill group's page.
"""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from riskportal.customers.contacts import (
    MOST_CONTACTS,
    ContactRefused,
    add_contact,
    change_contact,
    contact_of,
    contact_values,
    contacts_of,
    remove_contact,
)
from riskportal.customers.models import CONTACT_KINDS, BillGroup, Contact
from riskportal.forms import Button, Form, Problem, create_form, submit
from riskportal.plug import _
from riskportal.security.cookies import in_console
from riskportal.shell.account.changes import contact_added, contact_changed, contact_removed
from riskportal.shell.account.forms import CONTACT_GROUPS, ContactSchema, detail_values, grouped, objections
from riskportal.shell.account.permissions import P
from riskportal.shell.areas import in_both_areas
from riskportal.shell.once import note_if_other, public_id_of, ticket, ticket_node
from riskportal.web.countries import country_name
from riskportal.web.details import CONTACT_LABELS

LIST = "riskportal:templates/account/contacts.jinja2"
EDIT = "riskportal:templates/account/edit_contact.jinja2"
REMOVE = "riskportal:templates/account/remove_contact.jinja2"


@view_config(route_name="core.contacts", request_method="GET", renderer=LIST)
def show_contacts(request: Any) -> dict[str, Any]:
    found = contacts_of(request.db, request.bill_group)
    return {
        "contacts": found,
        "labels": CONTACT_LABELS,
        "full": sum(map(len, found.values())) >= MOST_CONTACTS,
        "country_of": lambda contact: country_name(contact.country, request.locale_name),
        "may_write": P.DETAILS_WRITE in request.context.permissions,
    }


@in_both_areas("add_contact", request_method="GET", renderer=EDIT)
def new_contact(request: Any) -> dict[str, Any]:
    return _values(request, _form(request, None), _kind(request), None)


@in_both_areas("add_contact", request_method="POST", renderer=EDIT)
def create_contact(request: Any) -> Any:
    group, kind, form = _group(request), _kind(request), _form(request, None)

    def save(data: Any) -> Any:
        once, values = public_id_of(request, data["once"]), detail_values(data, {})
        try:
            contact, changes = add_contact(request.db, group, kind, values, public_id=once)
        except ContactRefused as refused:
            raise Problem({"": _refusal(refused)}) from None
        if changes:
            contact_added(request, group, contact, changes)
            request.note("good", _("{name} was added.", name=contact.name))
        else:
            note_if_other(request, contact.name, str(values["name"]))
        return HTTPSeeOther(_page(request))

    return submit(request, form, save, on_error=lambda form: _values(request, form, kind, None))


@in_both_areas("contact", request_method="GET", renderer=EDIT)
def edit_contact(request: Any) -> dict[str, Any]:
    contact = _contact(request)
    return _values(request, _form(request, contact), contact.kind, contact)


@in_both_areas("contact", request_method="POST", renderer=EDIT)
def save_contact(request: Any) -> Any:
    contact = _contact(request)
    form, stored = _form(request, contact), contact_values(contact)

    def save(data: Any) -> Any:
        values = detail_values(data, stored)
        try:
            with objections(form, values, request.locale_name):
                changes = change_contact(request.db, contact, values, seen=data["seen"])
        except ContactRefused as refused:
            raise Problem({"": _refusal(refused)}) from None
        contact_changed(request, _group(request), contact, changes)
        request.note("good", _("Saved.") if changes else _("Nothing has changed."))
        return HTTPSeeOther(_page(request))

    return submit(request, form, save, on_error=lambda form: _values(request, form, contact.kind, contact))


@in_both_areas("remove_contact", request_method="GET", renderer=REMOVE)
def ask_to_remove(request: Any) -> dict[str, Any]:
    contact = _contact(request)
    return _values(request, None, contact.kind, contact)


@in_both_areas("remove_contact", request_method="POST")
def remove(request: Any) -> Any:
    contact = _contact(request)
    name = contact.name
    try:
        changes = remove_contact(request.db, contact)
    except ContactRefused:
        raise HTTPNotFound() from None
    contact_removed(request, _group(request), contact, changes)
    request.note("good", _("{name} was removed.", name=name))
    return HTTPSeeOther(_page(request))


def _kind(request: Any) -> str:
    kind = request.matchdict["kind"]
    if kind not in CONTACT_KINDS:
        raise HTTPNotFound()
    return str(kind)


def _group(request: Any) -> BillGroup:
    """The bill group of a request in either area."""
    group: BillGroup = request.context.record if in_console(request) else request.bill_group
    return group


def _contact(request: Any) -> Contact:
    if not in_console(request):
        found: Contact | None = request.context.record
    else:
        found = contact_of(request.db, request.context.record, request.matchdict["contact"])
    if found is None:
        raise HTTPNotFound()
    return found


def _page(request: Any) -> str:
    """Where the contacts stand: a page of the portal, a part of the bill group's page in the console."""
    if in_console(request):
        return f"{request.route_path('core.staff_bill_group', public_id=_group(request).public_id)}#contacts"
    return str(request.route_path("core.contacts", bill_group=_group(request).public_id))


def _values(request: Any, form: Form | None, kind: str, contact: Contact | None) -> dict[str, Any]:
    back = _group(request).name if in_console(request) else _("Contacts")
    return {
        "form": form, "kind": kind, "contact": contact, "labels": CONTACT_LABELS, "list_url": _page(request),
        "list_label": back,
    }  # fmt: skip


def _refusal(refused: ContactRefused) -> Any:
    return {
        "taken": _("There is one already; somebody else may have just added it. Change that one instead."),
        "full": _("An account can have {n} contacts. Remove one that isn't needed any more.", n=MOST_CONTACTS),
        "gone": _("Somebody else has removed this contact in the meantime."),
    }[refused.reason]


def _form(request: Any, contact: Contact | None) -> Any:
    stored = contact_values(contact) if contact is not None else {}
    hints = {
        "name": _("A person or a department."),
        "phone": _("With the country code, for example {example}.", example="+49 4131 987654"),
    }
    schema = ContactSchema.of(stored, request.locale_name, hints)
    shown = grouped(stored, CONTACT_GROUPS)
    if contact is None:
        schema.add(ticket_node())
        shown["once"] = ticket(request)
    return create_form(request, schema, buttons=[Button("save", _("Save"))], appstruct=shown)
