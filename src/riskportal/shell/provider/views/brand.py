"""The brand: how the portal looks, who mails come from, whom invoices are from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from riskportal.customers.vat import VatWrong
from riskportal.db.changes import Outdated
from riskportal.files.images import NotAnImage
from riskportal.files.logos import MAX_LOGO_BYTES, remove_logo, set_logo
from riskportal.forms import Button, Form, Problem, create_form, submit
from riskportal.plug import Message, _
from riskportal.shell.account.forms import vat_problem
from riskportal.shell.provider.forms import (
    BRAND,
    COMPANY,
    CONTACT,
    LogoSchema,
    as_of,
    one_place,
    tenant_form,
    tenant_values,
)
from riskportal.tenancy.brand import AccentRefused, checked_accent, contrast, ink_for
from riskportal.tenancy.details import change_details

TEMPLATES = "riskportal:templates/provider/"
PREVIEW_CSS = ".accented {{ --accent: {accent}; --accent-ink: {ink}; }}\n"


@view_config(route_name="core.staff_brand", request_method="GET", renderer=TEMPLATES + "brand.jinja2")
def show_brand(request: Any) -> dict[str, Any]:
    return _brand_page(request, _brand_form(request), _logo_form(request))


@view_config(route_name="core.staff_brand", request_method="POST", renderer=TEMPLATES + "brand.jinja2")
def save_brand(request: Any) -> Any:
    """Name and colour; the button "preview" shows the colour without keeping anything."""
    form = _brand_form(request)

    def save(data: dict[str, Any]) -> Any:
        if "preview" in request.POST:
            return _brand_page(request, form, _logo_form(request), checked_accent(data["accent"]))
        return _save(request, form, data, BRAND, "core.staff_brand")

    return submit(request, form, save, on_error=lambda form: _brand_page(request, form, _logo_form(request)))


@view_config(route_name="core.staff_brand_css", request_method="GET")
def preview_css(request: Any) -> Response:
    """The colour of the preview, for readers without script; what is no usable colour shows the brand's own."""
    try:
        accent = checked_accent(request.GET.get("accent", ""))
    except AccentRefused:
        accent = request.tenant.accent
    text = PREVIEW_CSS.format(accent=accent, ink=ink_for(accent))
    return Response(text, content_type="text/css", charset="utf-8")


@view_config(route_name="core.staff_logo", request_method="POST", renderer=TEMPLATES + "brand.jinja2")
def upload_logo(request: Any) -> Any:
    """A logo: the picture is drawn anew and only that is kept."""

    def save(data: dict[str, Any]) -> Any:
        try:
            # One byte more than allowed tells a file that is too large.
            set_logo(request.db, request.blobs, data["logo"].file.read(MAX_LOGO_BYTES + 1))
        except NotAnImage as problem:
            raise Problem({"logo": problem.args[0]}) from None
        request.audit("core.tenant_changed", fields=["logo"])
        request.note("good", _("The logo is changed. Every page shows it from now on."))
        return HTTPSeeOther(request.route_path("core.staff_brand"))

    form = _logo_form(request)
    return submit(request, form, save, on_error=lambda form: _brand_page(request, _brand_form(request), form))


@view_config(route_name="core.staff_logo_remove", request_method="POST")
def forget_logo(request: Any) -> Any:
    """Back to the first letter of the name."""
    if remove_logo(request.db):
        request.audit("core.tenant_changed", fields=["logo"])
        request.note("good", _("The logo is removed. Pages show the first letter of your name."))
    return HTTPSeeOther(request.route_path("core.staff_brand"))


@view_config(route_name="core.staff_tenant_contact", request_method="GET", renderer=TEMPLATES + "contact.jinja2")
def show_contact(request: Any) -> dict[str, Any]:
    return {"form": tenant_form(request, CONTACT, form_id="contact")}


@view_config(route_name="core.staff_tenant_contact", request_method="POST", renderer=TEMPLATES + "contact.jinja2")
def save_contact(request: Any) -> Any:
    form = tenant_form(request, CONTACT, form_id="contact")
    return submit(request, form, lambda data: _save(request, form, data, CONTACT, "core.staff_tenant_contact"))


@view_config(route_name="core.staff_company", request_method="GET", renderer=TEMPLATES + "company.jinja2")
def show_company(request: Any) -> dict[str, Any]:
    return {"form": tenant_form(request, COMPANY, form_id="company"), "currency": request.tenant.currency}


@view_config(route_name="core.staff_company", request_method="POST", renderer=TEMPLATES + "company.jinja2")
def save_company(request: Any) -> Any:
    """Whom invoices are from. Those that are out stay as they were issued."""
    form = tenant_form(request, COMPANY, form_id="company")

    def save(data: dict[str, Any]) -> Any:
        try:
            return _save(request, form, data, COMPANY, "core.staff_company")
        except VatWrong as wrong:
            raise Problem({"vat_number": vat_problem(wrong, request.locale_name)}) from None

    currency = request.tenant.currency
    return submit(request, form, save, on_error=lambda form: {"form": form, "currency": currency})


def _save(request: Any, form: Form, data: dict[str, Any], columns: Sequence[str], page: str) -> Any:
    """Store a valid form of the tenant's columns and come back to its page."""
    values = tenant_values(data, columns, request.tenant)
    try:
        changes = change_details(request.db, values, seen=data["seen"])
    except Outdated as newer:
        as_of(form, newer)
        raise Problem({"": _OUTDATED}) from None
    if changes:
        kept = {change.field: [change.old, change.new] for change in changes}
        request.audit("core.tenant_changed", fields=list(kept), changes=kept)
    request.note("good", _("Saved.") if changes else _("Nothing has changed."))
    return HTTPSeeOther(request.route_path(page))


_OUTDATED: Message = _(
    "Somebody else has changed this while you were writing. Look at the page in another window; save again to keep "
    "what stands here."
)


def _brand_form(request: Any) -> Form:
    buttons = (Button("save", _("Save")), Button("preview", _("Preview"), tone="plain"))
    return tenant_form(request, BRAND, form_id="brand", buttons=buttons)


def _logo_form(request: Any) -> Form:
    action = request.route_path("core.staff_logo")
    button = Button("save", _("Upload the logo"), tone="plain")
    return create_form(request, LogoSchema, action=action, buttons=(button,), form_id="picture")


def _brand_page(request: Any, form: Form, logo_form: Form, accent: str | None = None) -> dict[str, Any]:
    shown = accent or request.tenant.accent
    return {
        "form": form,
        "logo_form": logo_form,
        "accent": shown,
        "on_paper": request.fmt.number(one_place(contrast(shown, "#ffffff"))),
        "on_accent": request.fmt.number(one_place(contrast(shown, ink_for(shown)))),
        "unsaved": shown != request.tenant.accent,
    }
