"""The services module on one screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from riskportal.plug import (
    Attention,
    AuditEvent,
    Card,
    Figure,
    Importer,
    Job,
    Module,
    NavEntry,
    Permission,
    RecordKind,
    RecordRef,
    SearchHit,
    Tab,
    Work,
    _,
    hookimpl,
)
from riskportal_services import routes
from riskportal_services.importers import IMPORTERS
from riskportal_services.jobs import JOBS
from riskportal_services.permissions import PERMISSIONS, P
from riskportal_services.services.catalogue import (
    limitable_projects,
    limitable_services,
    load_milestone,
    load_project,
    load_projects,
    load_service,
    load_services,
)
from riskportal_services.views import home, staff

MODULE = Module("services", title=_("Services"), version="0.1.0")


@hookimpl
def includeme(config: Any) -> None:
    routes.includeme(config)


@hookimpl
def nav_entries() -> Iterable[NavEntry]:
    yield NavEntry(
        "services.nav", "portal", _("Services"), "services.list", P.SERVICE_READ, icon="services", weight=20
    )
    yield NavEntry(
        "services.desk", "staff", _("Services"), "services.desk", P.SERVICE_STAFF_READ, icon="services", weight=30
    )


@hookimpl
def permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def jobs() -> Iterable[Job]:
    return JOBS


@hookimpl
def audit_events() -> Iterable[AuditEvent]:
    yield AuditEvent("services.service_added", _("Service added"), _("The service {name} was added"))


@hookimpl
def record_kinds() -> Iterable[RecordKind]:
    yield RecordKind(
        "services.service",
        _("Service"),
        "services.detail",
        P.SERVICE_READ,
        load_service,
        # The label, most often a domain, tells several of one product apart.
        lambda found: _("{name}, {label}", name=found.name, label=found.label) if found.label else found.name,
        listing=limitable_services,
        load_many=load_services,
        many=_("services"),
    )
    yield RecordKind(
        "services.project",
        _("Project"),
        "services.project",
        P.PROJECT_READ,
        load_project,
        lambda found: found.name,
        listing=limitable_projects,
        load_many=load_projects,
        many=_("projects"),
    )
    yield RecordKind(
        "services.milestone",
        _("Milestone"),
        "services.milestone",
        P.PROJECT_READ,
        load_milestone,
        lambda found: _("{project}, {milestone}", project=found.project.name, milestone=found.name),
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
    return home.find(request, query, limit)


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
