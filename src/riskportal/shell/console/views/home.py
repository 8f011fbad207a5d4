"""`/staff`: the work that waits, what customers changed, who came in; and the search over everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pyramid.view import view_config

from riskportal.audit.services import entries
from riskportal.customers.lists import find_bill_groups, find_customers
from riskportal.identity.directory import find_users
from riskportal.plug import SearchHit, Work, _
from riskportal.plug.calls import call_hook
from riskportal.shell.access.permissions import P as ACCESS
from riskportal.shell.console.permissions import P
from riskportal.shell.provider.entries import Line, lines_of

CHANGES, SIGN_INS = 8, 8
LOOKS_BACK = timedelta(days=14)
# What a customer's people change about their account; who they are is for those who see that elsewhere.
CHANGE_PREFIXES, PEOPLE_PREFIX = ("core.details_", "core.contact_", "core.vat_"), "core.person_"
SEARCH_LIMIT = 20
QUERY_LENGTH = 200


@dataclass(frozen=True)
class WorkGroup:
    """The work of one module, most urgent first."""

    title: str
    items: list[Work]


@view_config(route_name="core.staff_home", request_method="GET", renderer="riskportal:templates/console/home.jinja2")
def home(request: Any) -> dict[str, Any]:
    """Work by module, the module with the most urgent work first; then what happened lately."""
    waiting = call_hook(request, "staff_work")
    groups = [WorkGroup(title, sorted(found, key=_urgency)) for title, found in waiting.by_module.items()]
    return {
        "work": sorted(groups, key=lambda group: _urgency(group.items[0])),
        "failed": waiting.failed,
        "changes": _recent(request, _change_codes(request), CHANGES) if request.allows(P.CUSTOMER_READ) else [],
        "sign_ins": _recent(request, ("core.signed_in",), SIGN_INS) if request.allows(P.USER_READ) else [],
        "may_see_customers": request.allows(P.CUSTOMER_READ),
        "may_see_users": request.allows(P.USER_READ),
        "may_add": request.allows(P.CUSTOMER_WRITE),
    }


def _urgency(item: Work) -> tuple[bool, int, str, str]:
    """What is bad stands above what only waits; then by weight and date."""
    return (item.tone != "bad", item.weight, item.due.isoformat() if item.due else "9999", item.id)


def _change_codes(request: Any) -> tuple[str, ...]:
    wanted = (*CHANGE_PREFIXES, PEOPLE_PREFIX) if request.allows(ACCESS.READ) else CHANGE_PREFIXES
    return tuple(code for code in request.registry.portal.seam.audit_events if code.startswith(wanted))


def _recent(request: Any, codes: tuple[str, ...], limit: int) -> list[Line]:
    if not codes:
        return []
    since = request.clock.now() - LOOKS_BACK
    return lines_of(request, entries(request.db, codes=codes, since=since, limit=limit).entries)


@view_config(
    route_name="core.staff_search", request_method="GET", renderer="riskportal:templates/console/search.jinja2"
)
def search(request: Any) -> dict[str, Any]:
    """Customers, bill groups and users, and what the modules find in the whole tenant, best first."""
    query = " ".join(request.GET.get("q", "").split())[:QUERY_LENGTH]
    if not query:
        return {"query": "", "hits": [], "failed": [], "more": False}
    found = call_hook(request, "staff_search", query=query, limit=SEARCH_LIMIT)
    hits = [*_core_hits(request, query), *found.items]
    hits.sort(key=lambda hit: -hit.score)
    kinds = request.registry.portal.seam.record_kinds
    labelled = [(hit, kinds[hit.kind].label if hit.kind in kinds else "") for hit in hits[:SEARCH_LIMIT]]
    return {"query": query, "hits": labelled, "failed": found.failed, "more": len(hits) > SEARCH_LIMIT}


def _core_hits(request: Any, query: str) -> list[SearchHit]:
    hits: list[SearchHit] = []
    if request.allows(P.CUSTOMER_READ):
        hits += [_customer_hit(request, found) for found in find_customers(request.db, query, SEARCH_LIMIT)]
        hits += [_group_hit(request, found) for found in find_bill_groups(request.db, query, SEARCH_LIMIT)]
    if request.allows(P.USER_READ):
        hits += [_user_hit(request, user, query) for user in find_users(request.db, query, SEARCH_LIMIT)]
    return hits


def _customer_hit(request: Any, found: Any) -> SearchHit:
    row = found.row
    archived = row.archived_at is not None
    more = _("{number}, archived", number=row.number) if archived else row.number
    url = request.route_path("core.staff_customer", public_id=row.public_id)
    return SearchHit("core.customer", row.name, more, url, score=found.score / 2 if archived else found.score)


def _group_hit(request: Any, found: Any) -> SearchHit:
    row = found.row
    more = " · ".join(part for part in (row.customer.name, row.email) if part)
    url = request.route_path("core.staff_bill_group", public_id=row.public_id)
    # Beside a customer that fits as well, for a group is most often called like its customer.
    return SearchHit("core.bill_group", row.name, more, url, score=found.score - 0.05)


def _user_hit(request: Any, user: Any, query: str) -> SearchHit:
    exact = user.email == query.lower()
    url = request.route_path("core.staff_user", public_id=user.public_id)
    score = 1.0 if exact else 0.75 if user.email.startswith(query.lower()) else 0.5
    return SearchHit("core.user", user.email, user.name or "", url, score=score)
