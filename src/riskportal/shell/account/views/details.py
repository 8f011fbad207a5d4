"""The account's details: read, change, have the VAT number looked up."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from riskportal.customers.checks import start_check
from riskportal.customers.contacts import contacts_of
from riskportal.customers.details import change_details, details_of
from riskportal.customers.vat import vat_example
from riskportal.forms import Button, create_form, submit
from riskportal.plug import RecordRef, _
from riskportal.security.limits import TooMany, check
from riskportal.shell.account.changes import details_changed
from riskportal.shell.account.forms import DETAIL_GROUPS, DetailsSchema, detail_values, grouped, objections
from riskportal.shell.account.permissions import P
from riskportal.shell.account.vat_words import vat_state
from riskportal.web.countries import country_name

VIEW = "riskportal:templates/account/details.jinja2"
EDIT = "riskportal:templates/account/edit_details.jinja2"


@view_config(route_name="core.details", request_method="GET", renderer=VIEW)
def show_details(request: Any) -> dict[str, Any]:
    """Everything about the account on one calm page."""
    group = request.bill_group
    contacts = contacts_of(request.db, group)
    return {
        "group": group,
        "country": country_name(group.country, request.locale_name),
        "vat": vat_state(request, group),
        "contacts": [(kind, contacts[kind][0] if contacts[kind] else None) for kind in ("billing", "shipping")],
        "further": len(contacts["other"]),
        "may_write": P.DETAILS_WRITE in request.context.permissions,
    }


@view_config(route_name="core.edit_details", request_method="GET", renderer=EDIT)
def edit_details(request: Any) -> dict[str, Any]:
    return {"form": _form(request)}


@view_config(route_name="core.edit_details", request_method="POST", renderer=EDIT)
def save_details(request: Any) -> Any:
    group = request.bill_group
    form, stored = _form(request), details_of(group)

    def save(data: Any) -> Any:
        values = detail_values(data, stored)
        with objections(form, values, request.locale_name):
            changes = change_details(request.db, group, values, seen=data["seen"])
        details_changed(request, group, changes)
        request.note("good", _("Saved.") if changes else _("Nothing has changed."))
        return HTTPSeeOther(_page(request))

    return submit(request, form, save)


@view_config(route_name="core.check_vat", request_method="POST")
def check_vat(request: Any) -> Any:
    """Have the EU's register asked about the VAT number again."""
    state = vat_state(request, request.bill_group)
    if state is None or not state.can_ask:
        request.note("wait", _("There is nothing to check at the moment."))
        return HTTPSeeOther(_page(request))
    try:
        check(request, "vat_check", request.bill_group.public_id)
    except TooMany:
        request.note("wait", _("The register was asked several times already. Please wait a while."))
        return HTTPSeeOther(_page(request))
    start_check(request.db, request.bill_group)
    ref = RecordRef("core.bill_group", request.bill_group.public_id)
    request.audit("core.vat_asked", ref, number=request.bill_group.vat_number)
    request.note("good", _("We are asking the EU register. Its answer appears here, usually within a minute."))
    return HTTPSeeOther(_page(request))


def _page(request: Any) -> str:
    return str(request.route_path("core.details", bill_group=request.bill_group.public_id))


def _form(request: Any) -> Any:
    group = request.bill_group
    stored = details_of(group)
    home = group.country or request.tenant.country
    hints = {
        "company_name": _("Stands on your invoices. Left empty, it is {name}.", name=group.customer.legal_name),
        "email": _("Where we write about this account."),
        "phone": _("With the country code, for example {example}.", example="+49 4131 987654"),
        "vat_number": _("With the letters of its country, for example {example}.", example=vat_example(home)),
        "registration_number": _("Of the register your company stands in."),
        "po_number": _("We print it on every new invoice."),
    }
    return create_form(
        request,
        DetailsSchema.of(stored, request.locale_name, hints),
        buttons=[Button("save", _("Save"))],
        appstruct=grouped(stored, DETAIL_GROUPS),
    )
