"""Billing's table of contents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from riskportal.plug import (
    Attention,
    AuditEvent,
    Card,
    Email,
    Figure,
    Importer,
    Module,
    NavEntry,
    Panel,
    Permission,
    RecordKind,
    RecordRef,
    SearchHit,
    Tab,
    Work,
    _,
    hookimpl,
)
from riskportal_billing import routes, wording
from riskportal_billing.emails import EMAILS
from riskportal_billing.importers import IMPORTERS
from riskportal_billing.permissions import PERMISSIONS, P
from riskportal_billing.services.invoices import invoice_by_public_id
from riskportal_billing.views import home, staff

MODULE = Module("billing", title=_("Billing"), version="0.1.0")


@hookimpl
def includeme(config: Any) -> None:
    config.include(routes)


@hookimpl
def permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def nav_entries() -> Iterable[NavEntry]:
    yield NavEntry(
        "billing.overview",
        "portal",
        _("Billing"),
        "billing.overview",
        P.INVOICE_READ,
        "billing",
        weight=40,
        badge=home.badge,
    )
    yield NavEntry("billing.desk", "staff", _("Invoices"), "billing.desk", P.INVOICE_STAFF_READ, "billing", weight=40)


@hookimpl
def emails() -> Iterable[Email]:
    return EMAILS


@hookimpl
def audit_events() -> Iterable[AuditEvent]:
    yield AuditEvent("billing.invoice_sent", _("Invoice sent"), _("Invoice {number} was sent to {address}"))


@hookimpl
def record_kinds() -> Iterable[RecordKind]:
    yield RecordKind(
        "billing.invoice",
        _("Invoice"),
        "billing.invoice",
        P.INVOICE_READ,
        load=invoice_by_public_id,
        title=wording.invoice_title,
    )


@hookimpl
def importers() -> Iterable[Importer]:
    return IMPORTERS


@hookimpl
def dashboard_cards(request: Any) -> Iterable[Card]:
    return home.cards(request)


@hookimpl
def attention(request: Any) -> Iterable[Attention]:
    return home.attention(request)


@hookimpl
def search(request: Any, query: str, limit: int) -> Iterable[SearchHit]:
    return home.search(request, query, limit)


@hookimpl
def record_panels(request: Any, ref: RecordRef, parts: Sequence[RecordRef]) -> Iterable[Panel]:
    return home.panels(request, [ref, *parts])


@hookimpl
def account_figures(request: Any) -> Iterable[Figure]:
    return home.figures(request)


@hookimpl
def staff_work(request: Any) -> Iterable[Work]:
    return staff.work(request)


@hookimpl
def staff_search(request: Any, query: str, limit: int) -> Iterable[SearchHit]:
    return staff.search(request, query, limit)


@hookimpl
def staff_tabs(request: Any, ref: RecordRef) -> Iterable[Tab]:
    return staff.tabs(request, ref)
