"""Calls the per-request hooks of the modules that are on, and survives the ones that fail."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from riskportal.plug.declarations import Attention, Card, Figure, Panel, SearchHit, Tab, Work

log = logging.getLogger("riskportal.plug")

_TYPES: dict[str, type] = {
    "dashboard_cards": Card,
    "attention": Attention,
    "search": SearchHit,
    "record_panels": Panel,
    "account_figures": Figure,
    "staff_work": Work,
    "staff_search": SearchHit,
    "staff_tabs": Tab,
}
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Answers:
    """What the modules answered, in ini order, and the titles of modules that failed.

    `by_module` is what each module answered, by its title, without those that had nothing to say.
    """

    items: list[Any]
    failed: list[str]
    by_module: dict[str, list[Any]]


def call_hook(request: Any, hook: str, **arguments: Any) -> Answers:
    """Ask every module that is on for the request's tenant; one that fails costs its own answer only."""
    answers = Answers([], [], {})
    modules = request.registry.portal.seam.modules

    def ask() -> list[Any]:
        return _checked(hook, list(modules.call(loaded, hook, request=request, **arguments) or ()))

    for loaded in modules:
        if not request.tenant_config.module_on(loaded.module.name):
            continue
        try:
            found = isolated(request, ask)
        except Exception:
            log.exception("module %s failed in %s (request %s)", loaded.module.name, hook, request.request_id)
            answers.failed.append(loaded.module.title)
            continue
        answers.items.extend(found)
        if found:
            answers.by_module[loaded.module.title] = found
    return answers


def isolated(request: Any, ask: Callable[[], Answer]) -> Answer:
    """What `ask` answers. When it raises, the error goes on, but the session stays usable: after a failed
    statement PostgreSQL refuses every other one until a rollback.

    A reading session loses nothing by that. What a writing one has written so far must stay, so there
    `ask` gets a savepoint.
    """
    if not request.db.info["read_only"]:
        with request.db.begin_nested():
            return ask()
    try:
        return ask()
    except Exception:
        request.db.rollback()
        raise


def _checked(hook: str, items: list[Any]) -> list[Any]:
    for item in items:
        if not isinstance(item, _TYPES[hook]):
            raise TypeError(f"{hook}() must yield {_TYPES[hook].__name__} objects, not {type(item).__name__}")
    return items
