"""Addresses of billing below /g/{bill_group}/billing and /staff/billing."""

from __future__ import annotations

from typing import Any

from riskportal_billing.permissions import P
from riskportal_billing.views import portal, staff

_TEMPLATES = "riskportal_billing:templates/portal/"
_STAFF_TEMPLATES = "riskportal_billing:templates/staff/"


def includeme(config: Any) -> None:
    _portal(config)
    _staff(config)


def _portal(config: Any) -> None:
    config.add_portal_route("billing.overview", "", permission=P.INVOICE_READ)
    config.add_portal_route("billing.invoices", "/invoices", permission=P.INVOICE_READ)
    # Before the page: its pattern would take "....pdf" for an id.
    config.add_portal_route(
        "billing.invoice_pdf", "/invoices/{public_id}.pdf", permission=P.INVOICE_READ, record="billing.invoice"
    )
    config.add_portal_route(
        "billing.invoice", "/invoices/{public_id}", permission=P.INVOICE_READ, record="billing.invoice"
    )
    config.add_portal_route(
        "billing.invoice_send", "/invoices/{public_id}/send", permission=P.INVOICE_READ, record="billing.invoice"
    )
    config.add_portal_route("billing.payments", "/payments", permission=P.PAYMENT_READ)

    for view, route, template in (
        (portal.overview, "billing.overview", "overview"),
        (portal.invoice_list, "billing.invoices", "invoices"),
        (portal.invoice, "billing.invoice", "invoice"),
        (portal.invoice_pdf, "billing.invoice_pdf", "no_pdf"),
        (portal.payments, "billing.payments", "payments"),
    ):
        config.add_view(view, route_name=route, request_method="GET", renderer=f"{_TEMPLATES}{template}.jinja2")
    config.add_view(
        portal.invoice_send,
        route_name="billing.invoice_send",
        request_method="POST",
        renderer=f"{_TEMPLATES}invoice.jinja2",
    )


def _staff(config: Any) -> None:
    one: dict[str, Any] = {"permission": P.INVOICE_STAFF_READ, "record": "billing.invoice"}
    config.add_staff_route("billing.desk", "", permission=P.INVOICE_STAFF_READ)
    config.add_staff_route("billing.desk_pdf", "/invoices/{public_id}.pdf", **one)
    config.add_staff_route("billing.desk_invoice", "/invoices/{public_id}", **one)
    for view, route, template in (
        (staff.desk_view, "billing.desk", f"{_STAFF_TEMPLATES}desk.jinja2"),
        (staff.invoice, "billing.desk_invoice", f"{_STAFF_TEMPLATES}invoice.jinja2"),
        (staff.invoice_pdf, "billing.desk_pdf", f"{_TEMPLATES}no_pdf.jinja2"),
    ):
        config.add_view(view, route_name=route, request_method="GET", renderer=template)
