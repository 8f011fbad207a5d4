"""Pages of the portal: services, one service, projects, one project."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from pyramid.httpexceptions import HTTPFound

from riskportal.plug import Message, RecordRef, _
from riskportal_services.models import COVER_KINDS, CYCLES, MILESTONE_STATES, PROJECT_STATES, SERVICE_STATES
from riskportal_services.permissions import P
from riskportal_services.services import catalogue
from riskportal_services.views import wording

# A heading and a sentence for a service that doesn't work as it should.
_TROUBLE: dict[str, tuple[Message, Message]] = {
    "failed_setup": (
        _("This service could not be set up"),
        _("Something went wrong while it was being set up. Contact us if you have not heard from us yet."),
    ),
    "suspended": (
        _("This service is suspended"),
        _("It does not run until the suspension is lifted. Contact us to find out what is missing."),
    ),
}
_FILTERS = {"active": _("Active"), "all": _("All"), "past": _("Past")}


def list_page(context: Any, request: Any) -> dict[str, Any]:
    """Services and projects under the headings of their areas."""
    show, after = _show(request), request.GET.get("after")
    counts = request.services_overview.counts
    page = catalogue.services_page(request.db, show, after)
    lines = [wording.service_line(request, row) for row in page.rows]
    with_projects = request.allows(P.PROJECT_READ)
    numbers = [catalogue.number_by_show(counts, "service", SERVICE_STATES)]
    if with_projects:
        numbers.append(catalogue.number_by_show(counts, "project", PROJECT_STATES))
    if with_projects and not after:
        rows = catalogue.projects_beside_services(request.db, show)
        lines += [wording.project_line(request, row) for row in rows]
    lines.sort(key=lambda line: line.order)
    return {
        "show": show,
        "filters": _filters(request, "services.list", show, numbers),
        "groups": [(key[1], list(group)) for key, group in groupby(lines, key=lambda line: line.order[:3])],
        "projects_url": _path(request, "services.projects") if with_projects else None,
        "all_url": _path(request, "services.list", show="all"),
        "first_url": _path(request, "services.list", show=show) if after else None,
        "next_url": _path(request, "services.list", show=show, after=page.after) if page.after else None,
    }


def detail_page(context: Any, request: Any) -> dict[str, Any]:
    """One service: price, dates, what it offers and covers, and what other modules know of it."""
    service = context.record
    plan = catalogue.care_plan_of(request.db, service.product_id)
    return {
        "service": service,
        "state": SERVICE_STATES[service.state],
        "facts": _service_facts(request, service),
        "trouble": _TROUBLE.get(service.state),
        "offers": _sentences(service.product.description),
        "care_plan": plan,
        "covered": _covered(plan),
        "list_url": _path(request, "services.list"),
        "panels": request.record_panels(RecordRef("services.service", service.public_id)),
    }


def projects_page(context: Any, request: Any) -> dict[str, Any]:
    """Projects and how far they are; with `?cycle=this` the milestones behind the figure of the home page."""
    if request.GET.get("cycle") == "this":
        return _cycle_page(request)
    show, after = _show(request), request.GET.get("after")
    numbers = [catalogue.number_by_show(request.services_overview.counts, "project", PROJECT_STATES)]
    page = catalogue.projects_page(request.db, show, after)
    return {
        "show": show,
        "cycle": None,
        "filters": _project_filters(request, show, numbers),
        "lines": [wording.project_line(request, row) for row in page.rows],
        "services_url": _services_url(request),
        "all_url": _path(request, "services.projects", show="all"),
        "first_url": _path(request, "services.projects", show=show) if after else None,
        "next_url": _path(request, "services.projects", show=show, after=page.after) if page.after else None,
    }


def _cycle_page(request: Any) -> dict[str, Any]:
    overview = request.services_overview
    rows = catalogue.milestones_in_cycle(request.db, overview.cycle)
    numbers = [catalogue.number_by_show(overview.counts, "project", PROJECT_STATES)]
    return {
        "show": None,
        "cycle": wording.span(request.fmt, overview.cycle),
        "filters": _project_filters(request, None, numbers),
        "milestones": [(row, MILESTONE_STATES[row.state], _milestone_url(request, row)) for row in rows],
        "paid": int(rows[0].all_paid) if rows else 0,
        "total": rows[0].all_rows if rows else 0,
        "services_url": _services_url(request),
        "all_url": _path(request, "services.projects", show="all"),
        "first_url": None,
        "next_url": None,
    }


def project_page(context: Any, request: Any) -> dict[str, Any]:
    """One project: its milestones, their amounts and states, and what other modules know of it."""
    project = context.record
    milestones = catalogue.milestones_of(request.db, project.id)
    return {
        "project": project,
        "state": PROJECT_STATES[project.state],
        "facts": _project_facts(request, project, milestones),
        "milestones": [(milestone, MILESTONE_STATES[milestone.state]) for milestone in milestones],
        "done": sum(milestone.state != "planned" for milestone in milestones),
        "offers": _sentences(project.description),
        "projects_url": _path(request, "services.projects"),
        "panels": request.record_panels(
            RecordRef("services.project", project.public_id),
            [RecordRef("services.milestone", milestone.public_id) for milestone in milestones],
        ),
    }


def milestone_page(context: Any, request: Any) -> HTTPFound:
    """A milestone has no page of its own: its place on the page of its project."""
    milestone = context.record
    url = _path(request, "services.project", public_id=milestone.project.public_id)
    return HTTPFound(location=f"{url}#m-{milestone.public_id}")


def _show(request: Any) -> str:
    show = request.GET.get("show")
    return show if show in catalogue.SHOWS else "active"


def _path(request: Any, route: str, public_id: str | None = None, **query: str) -> str:
    here = {"bill_group": request.bill_group.public_id}
    if public_id is not None:
        here["public_id"] = public_id
    path: str = request.route_path(route, _query=query, **here)
    return path


def _services_url(request: Any) -> str | None:
    return _path(request, "services.list") if request.allows(P.SERVICE_READ) else None


def _filters(request: Any, route: str, show: str | None, numbers: list[dict[str, int]]) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "href": _path(request, route, show=name),
            "current": name == show,
            "count": sum(number[name] for number in numbers),
        }
        for name, label in _FILTERS.items()
    ]


def _project_filters(request: Any, show: str | None, numbers: list[dict[str, int]]) -> list[dict[str, Any]]:
    this = {
        "label": _("Milestones this cycle"),
        "href": _path(request, "services.projects", cycle="this"),
        "current": show is None,
        "count": None,
    }
    return [*_filters(request, "services.projects", show, numbers), this]


def _sentences(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _milestone_url(request: Any, row: Any) -> str:
    return f"{_path(request, 'services.project', public_id=row.project_public_id)}#m-{row.public_id}"


def _service_facts(request: Any, service: Any) -> list[dict[str, Any]]:
    fmt, today = request.fmt, request.today
    facts = [
        {"label": _("Price"), "value": wording.price(fmt, service)},
        {"label": _("Billed"), "value": CYCLES[service.cycle].label},
    ]
    if service.next_due_on is not None and not SERVICE_STATES[service.state].past:
        facts.append(_dated(request, _("Next bill"), service.next_due_on))
    if service.renews_on is not None and not SERVICE_STATES[service.state].past:
        facts.append(_renewal(request, service))
    facts.append({"label": _("With us since"), "value": fmt.date(service.registered_on)})
    if service.ended_on is not None:
        more = wording.from_today(service.ended_on, today)
        facts.append({"label": _("Ended"), "value": fmt.date(service.ended_on), "more": more})
    return facts


def _covered(plan: Any) -> list[dict[str, Any]]:
    return [
        {"label": item.label or COVER_KINDS[item.kind], "value": _("Included"), "more": item.detail}
        for item in (plan.items if plan else ())
    ]


def _dated(request: Any, label: Message, day: Any) -> dict[str, Any]:
    return {"label": label, "value": request.fmt.date(day), "more": wording.from_today(day, request.today)}


def _renewal(request: Any, service: Any) -> dict[str, Any]:
    when = wording.from_today(service.renews_on, request.today)
    if not service.auto_renew:
        more = _("{when}; it does not renew automatically", when=when)
        return {"label": _("Runs until"), "value": request.fmt.date(service.renews_on), "more": more}
    more = when
    if service.term_months is not None:
        more = _("{when}, automatically for {months}", when=when, months=wording.months(service.term_months))
    return {"label": _("Renews"), "value": request.fmt.date(service.renews_on), "more": more}


def _project_facts(request: Any, project: Any, milestones: Any) -> list[dict[str, Any]]:
    paid = sum(milestone.state == "paid" for milestone in milestones)
    facts: list[dict[str, Any]] = []
    for currency in sorted({milestone.currency for milestone in milestones}):
        own = [milestone for milestone in milestones if milestone.currency == currency]
        total = sum(milestone.amount_minor for milestone in own)
        settled = sum(milestone.amount_minor for milestone in own if milestone.state == "paid")
        more = _("{amount} of it paid", amount=request.fmt.money(settled, currency))
        facts.append({"label": _("Total"), "value": request.fmt.money(total, currency), "more": more})
    if milestones:
        value = _("{number} of {total}", number=paid, total=len(milestones))
        facts.append({"label": _("Paid milestones"), "value": value})
    if project.started_on is not None:
        facts.append({"label": _("Started"), "value": request.fmt.date(project.started_on)})
    if project.finished_on is not None:
        facts.append({"label": _("Finished"), "value": request.fmt.date(project.finished_on)})
    return facts
