"""Home and search: what the modules contribute, put in the order that a customer asks in."""

from __future__ import annotations

from typing import Any

from pyramid.view import view_config

from riskportal.plug.calls import call_hook
from riskportal.plug.declarations import ZONES, Attention, Card, SearchHit

ATTENTION_LIMIT = 8
SEARCH_LIMIT = 20
QUERY_LENGTH = 200


@view_config(route_name="core.home", request_method="GET", renderer="riskportal:templates/home.jinja2")
def home(request: Any) -> dict[str, Any]:
    """The billing picture first, then what needs the customer, then what is active, in motion, on the site."""
    cards = call_hook(request, "dashboard_cards")
    waiting = call_hook(request, "attention")
    zones = _by_zone(cards.items)
    return {
        "picture": {name: zones[name] for name in ("lead", "facts", "cover")},
        "zones": {name: zones[name] for name in ("active", "motion", "site")},
        "attention": sorted(waiting.items, key=_urgency)[:ATTENTION_LIMIT],
        "failed": list(dict.fromkeys(cards.failed + waiting.failed)),
    }


@view_config(route_name="core.search", request_method="GET", renderer="riskportal:templates/search.jinja2")
def search(request: Any) -> dict[str, Any]:
    """Hits of all modules in this bill group, best first."""
    query = " ".join(request.GET.get("q", "").split())[:QUERY_LENGTH]
    if not query:
        return {"query": "", "hits": [], "failed": []}
    found = call_hook(request, "search", query=query, limit=SEARCH_LIMIT)
    hits: list[SearchHit] = sorted(found.items, key=lambda hit: -hit.score)
    return {"query": query, "hits": hits[:SEARCH_LIMIT], "failed": found.failed}


def _by_zone(cards: list[Card]) -> dict[str, list[Card]]:
    zones: dict[str, list[Card]] = {name: [] for name in ZONES}
    for card in sorted(cards, key=lambda card: (card.weight, card.id)):
        zones[card.zone].append(card)
    return zones


def _urgency(item: Attention) -> tuple[int, int, str]:
    """What is overdue stands above what only waits."""
    return (0 if item.tone == "bad" else 1, item.weight, item.due.isoformat() if item.due else "9999")
