"""Addresses of the module's pages, and what it answers to other modules."""

from __future__ import annotations

from typing import Any

from riskportal.contracts.agreements import IAgreements
from riskportal.contracts.subscriptions import ISubscriptions
from riskportal_services.permissions import P
from riskportal_services.services.agreements import Agreements
from riskportal_services.services.overview import Overview, Subscriptions

_TEMPLATES = "riskportal_services:templates/portal/"


def includeme(config: Any) -> None:
    """Routes below /g/{bill_group}/services and /staff/services, views, the shared overview and the contract."""
    config.add_request_method(_overview, "services_overview", reify=True)
    config.register_contract(ISubscriptions, _subscriptions)
    config.register_contract(IAgreements, _agreements)
    projects = {"permission": P.PROJECT_READ}
    config.add_portal_route("services.list", "", permission=P.SERVICE_READ)
    config.add_portal_route("services.projects", "/projects", **projects)
    config.add_portal_route("services.project", "/projects/{public_id}", record="services.project", **projects)
    config.add_portal_route("services.milestone", "/milestones/{public_id}", record="services.milestone", **projects)
    # Last: its pattern would take the word "projects" for a public id.
    config.add_portal_route("services.detail", "/{public_id}", permission=P.SERVICE_READ, record="services.service")
    for route in ("list", "projects", "project", "detail"):
        view = f"riskportal_services.views.portal.{route}_page"
        config.add_view(
            view, route_name=f"services.{route}", request_method="GET", renderer=f"{_TEMPLATES}{route}.jinja2"
        )
    config.add_view(
        "riskportal_services.views.portal.milestone_page", route_name="services.milestone", request_method="GET"
    )
    config.add_staff_route("services.desk", "", permission=P.SERVICE_STAFF_READ)
    config.add_staff_route(
        "services.add", "/add/{public_id}", permission=P.SERVICE_STAFF_WRITE, record="core.bill_group"
    )
    for method, view in (("GET", "add_page"), ("POST", "add")):
        config.add_view(
            f"riskportal_services.views.sale.{view}",
            route_name="services.add",
            request_method=method,
            renderer="riskportal_services:templates/staff/add.jinja2",
        )
    config.add_view(
        "riskportal_services.views.staff.desk_view",
        route_name="services.desk",
        request_method="GET",
        renderer="riskportal_services:templates/staff/desk.jinja2",
    )


def _overview(request: Any) -> Overview:
    """One overview per request: cards, attention and contract share what it has already asked."""
    return Overview(request.db, request.today)


def _agreements(request: Any) -> Agreements:
    def add_url(bill_group: str) -> str | None:
        may = request.allows(P.SERVICE_STAFF_WRITE)
        return str(request.route_path("services.add", public_id=bill_group)) if may else None

    return Agreements(request.db, add_url)


def _subscriptions(request: Any) -> Subscriptions | None:
    """Answers only for a bill group, and only to somebody who may see its services."""
    if request.bill_group is None or not request.allows(P.SERVICE_READ):
        return None
    return Subscriptions(request.services_overview)
