"""The tabs of a customer's or bill group's page: the core's own and those that modules add."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from riskportal.plug import Panel, RecordRef, Tab, _
from riskportal.plug.calls import call_hook, isolated
from riskportal.shell.provider.history import HISTORY_TEMPLATE, history_of
from riskportal.shell.provider.permissions import P as PROVIDER

TEMPLATES = "riskportal:templates/console/"
Load = Callable[[], dict[str, Any]]

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


def core_tabs(
    request: Any, ref: RecordRef, overview: tuple[str, Load], notes: Load, noted: int, also: Sequence[Tab] = ()
) -> list[Tab]:
    """The core's own tabs of `ref`: the overview (a template of the console and what it shows), the `noted` notes,
    what else there is, and the history for those who may read it."""
    template, load = overview
    tabs = [
        Tab("core.overview", _("Overview"), f"{TEMPLATES}{template}.jinja2", load=load, weight=0),
        Tab("core.notes", _("Notes"), f"{TEMPLATES}notes.jinja2", load=notes, count=noted, weight=90),
        *also,
    ]
    if request.allows(PROVIDER.AUDIT_READ):
        history = {"load": lambda: {"history": history_of(request, ref)}, "weight": 95}
        tabs.append(Tab("core.history", _("History"), HISTORY_TEMPLATE, **history))
    return tabs


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
