"""The tabs of a customer's or bill group's page: the core's own and those that modules add."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from riskportal.plug import Panel, RecordRef, Tab
from riskportal.plug.calls import call_hook, isolated

log = logging.getLogger("riskportal.console")


@dataclass(frozen=True)
class TabLink:
    """A tab as its line shows it."""

    label: str
    href: str
    count: int | None
    current: bool


@dataclass(frozen=True)
class Tabs:
    """A page's tabs, and what stands under the open one: a `panel`, or None when it could not be made (`title` says
    what is missing). `failed` are the titles of modules whose tabs are missing."""

    links: list[TabLink]
    title: str
    panel: Panel | None
    failed: list[str]


def open_tab(request: Any, ref: RecordRef, own: Sequence[Tab], wanted: str | None = None) -> Tabs:
    """The tabs of `ref`, the core's `own` and the modules', one of them open: `wanted`, else what the address says,
    else the first. Only the open one is loaded."""
    answers = call_hook(request, "staff_tabs", ref=ref)
    tabs = sorted([*own, *answers.items], key=lambda tab: (tab.weight, tab.id))
    asked = wanted or request.GET.get("tab")
    chosen = next((tab for tab in tabs if tab.id == asked), tabs[0])
    links = [TabLink(tab.label, _href(request, ref, tab, tabs[0]), tab.count, tab is chosen) for tab in tabs]
    return Tabs(links, chosen.label, _load(request, chosen), answers.failed)


def _href(request: Any, ref: RecordRef, tab: Tab, first: Tab) -> str:
    kind = request.registry.portal.seam.record_kinds[ref.kind]
    query = None if tab is first else {"tab": tab.id}
    path: str = request.route_path(kind.route, public_id=ref.public_id, _query=query)
    return path


def _load(request: Any, tab: Tab) -> Panel | None:
    """The tab's content; a module that fails here costs its tab, not the page."""
    try:
        return Panel(tab.id, tab.label, tab.template, isolated(request, tab.load))
    except Exception:
        log.exception("tab %s failed (request %s)", tab.id, request.request_id)
        return None
