"""Calls the per-request hooks of the modules that are on, and survives the ones that fail."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

log = logging.getLogger("riskportal.plug")


@dataclass(frozen=True)
class Answers:
    """What the modules answered, in ini order, and the titles of modules that failed."""

    items: list[Any]
    failed: list[str]


def call_hook(request: Any, hook: str, **arguments: Any) -> Answers:
    """Ask every module that is on for the request's tenant.

    A failing module costs its own answer only. Its open transaction is rolled back (PostgreSQL
    refuses to go on after an error), which loses nothing: these hooks only read.
    """
    items: list[Any] = []
    failed: list[str] = []
    modules = request.registry.portal.seam.modules
    for loaded in modules:
        if not request.tenant_config.module_on(loaded.module.name):
            continue
        try:
            items.extend(modules.call(loaded, hook, request=request, **arguments) or ())
        except Exception:
            log.exception("module %s failed in %s (request %s)", loaded.module.name, hook, request.request_id)
            failed.append(loaded.module.title)
            request.db.rollback()
    return Answers(items, failed)
