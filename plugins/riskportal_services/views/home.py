"""What the module contributes to the home page, to what needs the customer, and to the search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from riskportal.plug import Attention, Card, Figure, Message, SearchHit, _, plural
from riskportal_services.models import COVER_KINDS, PROJECT_STATES, SERVICE_STATES
from riskportal_services.permissions import P
from riskportal_services.services import search
from riskportal_services.services.overview import ACTIVE_ROWS, TROUBLED_ROWS, Overview
from riskportal_services.views import wording

_CARDS = "riskportal_services:templates/cards/"


def figures(request: Any) -> Iterator[Figure]:
    """The active services, counted by what the home page and the list ask anyway."""
    if request.allows(P.SERVICE_READ):
        active = request.services_overview.active_services_number
        yield Figure("services.active", _("Active services"), active, _path(request, "services.list"), weight=20)


def cards(request: Any) -> Iterator[Card]:
    """The facts beside the billing figure, what the care plan covers, and what is active."""
    overview = request.services_overview
    may_services, may_projects = request.allows(P.SERVICE_READ), request.allows(P.PROJECT_READ)
    facts = list(_service_facts(request, overview)) if may_services else []
    if may_projects:
        # After the renewal, before the frequency: from the most to the least urgent.
        facts[1:1] = list(_milestone_facts(request, overview))
    if facts:
        yield Card("services.facts", "facts", f"{_CARDS}facts.jinja2", {"rows": facts}, weight=20)
    if may_services and overview.care_plan is not None:
        yield _cover(request, overview)
    if may_services or may_projects:
        yield _active(request, overview, may_services, may_projects)


def _service_facts(request: Any, overview: Overview) -> Iterator[dict[str, Any]]:
    fmt = request.fmt
    row = overview.renewing
    if row is not None:
        yield {
            "label": _("Next renewal"),
            "value": fmt.day(row.renews_on),
            "more": row.name,
            "href": wording.service_url(request, row),
        }
    elif overview.cycles:
        yield {"label": _("Next renewal"), "value": _("None planned")}
    if overview.cycles:
        due = overview.next_billing_date
        yield {
            "label": _("Billed"),
            "value": wording.frequency(overview.cycles),
            "more": _("Next on {day}", day=fmt.day(due)) if due is not None else "",
            "href": _path(request, "services.list"),
        }


def _milestone_facts(request: Any, overview: Overview) -> Iterator[dict[str, Any]]:
    paid, total = overview.milestones
    if total:
        yield {
            "label": _("Paid milestones this cycle"),
            "value": _("{number} of {total}", number=paid, total=total),
            "more": wording.span(request.fmt, overview.cycle),
            "href": _path(request, "services.projects", cycle="this"),
        }


def _cover(request: Any, overview: Overview) -> Card:
    plan, row = overview.care_plan, overview.covering
    assert plan is not None and row is not None
    context = {
        "name": row.name,
        "url": wording.service_url(request, row),
        "items": [item.label or COVER_KINDS[item.kind] for item in plan.items],
        "note": plan.note,
    }
    return Card("services.cover", "cover", f"{_CARDS}cover.jinja2", context, weight=20)


def _active(request: Any, overview: Overview, services: bool, projects: bool) -> Card:
    lines = [wording.service_line(request, row) for row in overview.active_services] if services else []
    if projects:
        lines += [wording.project_line(request, row) for row in overview.active_projects]
    lines.sort(key=lambda line: line.order)
    context: dict[str, Any] = {
        "lines": lines[:ACTIVE_ROWS],
        "sub": None,
        "more": max(overview.active_number - ACTIVE_ROWS, 0) if services and projects else 0,
        "url": _path(request, "services.list" if services else "services.projects"),
    }
    both = overview.active_services_number, overview.active_number - overview.active_services_number
    if services and projects and all(both):
        context["sub"] = _(
            "{services} and {projects}",
            services=plural("{n} service", "{n} services", both[0]),
            projects=plural("{n} project", "{n} projects", both[1]),
        )
    areas = overview.active_areas
    title = plural("{n} active service area", "{n} active service areas", areas) if areas else _("Services")
    return Card("services.active", "active", f"{_CARDS}active.jinja2", context, title=title, weight=20)


_TROUBLE: dict[str, tuple[Message, Message]] = {
    "failed_setup": (
        _("{name} could not be set up"),
        _("Something went wrong while it was being set up."),
    ),
    "suspended": (
        _("{name} is suspended"),
        _("It does not run until the suspension is lifted."),
    ),
}


def attention(request: Any) -> Iterator[Attention]:
    """Services that failed to be set up or are suspended."""
    if not request.allows(P.SERVICE_READ):
        return
    overview = request.services_overview
    for row in overview.troubled:
        title, why = _TROUBLE[row.state]
        yield Attention(
            id=f"services.{row.state}.{row.public_id}",
            title=_(title.msgid, name=row.name),
            why=why,
            action_label=_("View"),
            action_url=wording.service_url(request, row) or _path(request, "services.list"),
            due_text=SERVICE_STATES[row.state].label,
            tone="bad",
            icon="services",
            # Below what is overdue: a suspension is most often lifted by paying.
            weight=60,
        )
    rest = overview.troubled_number - TROUBLED_ROWS
    if rest > 0:
        yield Attention(
            id="services.more",
            title=plural("and {n} more service that does not run", "and {n} more services that do not run", rest),
            why="",
            action_label=_("View"),
            action_url=_path(request, "services.list"),
            tone="bad",
            icon="services",
            weight=61,
        )


def find(request: Any, query: str, limit: int) -> Iterator[SearchHit]:
    """Services and projects by what they are called."""
    if request.allows(P.SERVICE_READ):
        for row in search.find_services(request.db, query, limit):
            yield SearchHit(
                kind="services.service",
                title=row.name if row.label is None else _("{name}, {label}", name=row.name, label=row.label),
                subtitle=_("Service in {area}: {state}", area=row.area, state=SERVICE_STATES[row.state].label),
                url=wording.service_url(request, row) or "",
                score=search.score(query, row.name, row.label),
            )
    if request.allows(P.PROJECT_READ):
        for row in search.find_projects(request.db, query, limit):
            yield SearchHit(
                kind="services.project",
                title=row.name,
                subtitle=_("Project in {area}: {state}", area=row.area, state=PROJECT_STATES[row.state].label),
                url=wording.project_url(request, row) or "",
                score=search.score(query, row.name),
            )


def _path(request: Any, route: str, **query: str) -> str:
    path: str = request.route_path(route, bill_group=request.bill_group.public_id, _query=query)
    return path
