"""The account's contacts: whom invoices and parcels go to, and whoever else shall be known."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from riskportal.customers.contacts import (
    MOST_CONTACTS,
    ContactRefused,
    add_contact,
    change_contact,
    contact_values,
    contact_version,
    contacts_of,
    remove_contact,
)
from riskportal.customers.details import Outdated
from riskportal.customers.models import CONTACT_KINDS, Contact
from riskportal.forms import Button, Problem, create_form, submit
from riskportal.plug import _
from riskportal.shell.account.changes import contact_added, contact_changed, contact_removed
from riskportal.shell.account.forms import CONTACT_GROUPS, ContactSchema, detail_values, grouped, show_newer
from riskportal.shell.account.permissions import P
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


@view_config(route_name="core.add_contact", request_method="GET", renderer=EDIT)
def new_contact(request: Any) -> dict[str, Any]:
    return {"form": _form(request, None), "kind": _kind(request), "contact": None, "labels": CONTACT_LABELS}


@view_config(route_name="core.add_contact", request_method="POST", renderer=EDIT)
def create_contact(request: Any) -> Any:
    kind, form = _kind(request), _form(request, None)

    def save(data: Any) -> Any:
        try:
            contact, changes = add_contact(request.db, request.bill_group, kind, detail_values(data, {}))
        except ContactRefused as refused:
            raise Problem({"": _refusal(refused)}) from None
        contact_added(request, request.bill_group, contact, changes)
        request.note("good", _("{name} was added.", name=contact.name))
        return HTTPSeeOther(_page(request))

    page = {"form": form, "kind": kind, "contact": None, "labels": CONTACT_LABELS}
    return submit(request, form, save, on_error=lambda _form: page)


@view_config(route_name="core.contact", request_method="GET", renderer=EDIT)
def edit_contact(request: Any) -> dict[str, Any]:
    contact = request.context.record
    return {"form": _form(request, contact), "kind": contact.kind, "contact": contact, "labels": CONTACT_LABELS}


@view_config(route_name="core.contact", request_method="POST", renderer=EDIT)
def save_contact(request: Any) -> Any:
    contact: Contact = request.context.record
    form, stored = _form(request, contact), contact_values(contact)

    def save(data: Any) -> Any:
        values = detail_values(data, stored)
        try:
            changes = change_contact(request.db, contact, values, version=data["version"])
        except Outdated as newer:
            raise show_newer(form, newer, values, request.locale_name) from None
        except ContactRefused as refused:
            raise Problem({"": _refusal(refused)}) from None
        contact_changed(request, request.bill_group, contact, changes)
        request.note("good", _("Saved.") if changes else _("Nothing has changed."))
        return HTTPSeeOther(_page(request))

    page = {"form": form, "kind": contact.kind, "contact": contact, "labels": CONTACT_LABELS}
    return submit(request, form, save, on_error=lambda _form: page)


@view_config(route_name="core.remove_contact", request_method="GET", renderer=REMOVE)
def ask_to_remove(request: Any) -> dict[str, Any]:
    return {"contact": request.context.record, "labels": CONTACT_LABELS}


@view_config(route_name="core.remove_contact", request_method="POST")
def remove(request: Any) -> Any:
    contact = request.context.record
    name = contact.name
    try:
        changes = remove_contact(request.db, contact)
    except ContactRefused:
        raise HTTPNotFound() from None
    contact_removed(request, request.bill_group, contact, changes)
    request.note("good", _("{name} was removed.", name=name))
    return HTTPSeeOther(_page(request))


def _kind(request: Any) -> str:
    kind = request.matchdict["kind"]
    if kind not in CONTACT_KINDS:
        raise HTTPNotFound()
    return str(kind)


def _page(request: Any) -> str:
    return str(request.route_path("core.contacts", bill_group=request.bill_group.public_id))


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
    version = contact_version(contact) if contact is not None else ""
    return create_form(
        request,
        ContactSchema.of(stored, request.locale_name, hints),
        buttons=[Button("save", _("Save"))],
        appstruct=grouped(stored, CONTACT_GROUPS, version),
    )
