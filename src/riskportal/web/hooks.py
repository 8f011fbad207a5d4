"""Links to records, and contracts: how a page reaches another module without knowing it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from riskportal.contracts.records import Link, RecordRef
from riskportal.plug.calls import call_hook, isolated
from riskportal.plug.declarations import Panel
from riskportal.plug.seam import CORE

log = logging.getLogger("riskportal.web")


def includeme(config: Any) -> None:
    config.add_request_method(contract, "contract")
    config.add_request_method(link_to, "link_to")
    config.add_request_method(record_panels, "record_panels")
    config.add_request_method(allows, "allows")
    config.add_request_method(guarded, "guarded")


def allows(request: Any, permission: str) -> bool:
    """Whether the reader holds a permission in the current area and bill group."""
    return permission in getattr(request.context, "permissions", ())


def guarded(request: Any, what: str, ask: Callable[[], Any]) -> Any:
    """What a module answers, None when it fails: a badge must not cost the page."""
    try:
        return isolated(request, ask)
    except Exception:
        log.exception("%s failed (request %s)", what, request.request_id)
        return None


def contract(request: Any, interface: type) -> Any:
    """The implementation of a contract for this request, None when its module is off or not installed."""
    module, make = request.registry.contracts.get(interface, (None, None))
    if make is None or (module != CORE and not request.tenant_config.module_on(module)):
        return None
    cache = request.environ.setdefault("riskportal.contracts", {})
    if interface not in cache:
        cache[interface] = make(request)
    return cache[interface]


def link_to(request: Any, ref: RecordRef, title: str | None = None) -> Link | None:
    """A link to a record; None when its module is off. Without the permission it is a label only.

    With `title` the record is not loaded, which is what lists want.
    """
    kind = request.registry.portal.seam.record_kinds.get(ref.kind)
    if kind is None or not request.tenant_config.module_on(ref.kind.partition(".")[0]):
        return None
    if title is None:
        record = kind.load(request.db, ref.public_id)
        if record is None:
            return None
        title = kind.title(record)
    if not allows(request, kind.permission):
        return Link(title, None)
    return Link(title, request.route_path(kind.route, public_id=ref.public_id, **_here(request)))


def record_panels(request: Any, ref: RecordRef, parts: Sequence[RecordRef] = ()) -> list[Panel]:
    """What the other modules show on the page of a record and its parts, lightest first."""
    panels: Iterable[Panel] = call_hook(request, "record_panels", ref=ref, parts=parts).items
    return sorted(panels, key=lambda panel: (panel.weight, panel.id))


def _here(request: Any) -> dict[str, str]:
    """The part of the address that portal routes share."""
    group = (request.matchdict or {}).get("bill_group")
    return {"bill_group": group} if group else {}
