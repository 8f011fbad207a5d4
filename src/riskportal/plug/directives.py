"""`config.add_public_route`, `add_portal_route`, `add_staff_route`, `add_api_route`, `register_contract`.

A directive fixes what an author could forget: the address prefix of area and module, tenant,
membership, module switch and permission. The view of a route needs no permission of its own.

    config.add_portal_route("billing.invoice", "/invoices/{public_id}",
                            permission="billing.invoice.read", record="billing.invoice")
    -> /g/{bill_group}/billing/invoices/{public_id}
"""

from __future__ import annotations

from typing import Any

from pyramid.config import PHASE3_CONFIG

from riskportal.plug.declarations import DeclarationError
from riskportal.plug.seam import CORE
from riskportal.security.contexts import RouteInfo, factory

_PREFIX = {"public": "", "portal": "/g/{bill_group}", "staff": "/staff", "api": "/api/v1"}


def includeme(config: Any) -> None:
    config.registry.portal_routes = {}
    config.registry.contracts = {}
    config.registry.including = CORE
    config.add_directive("add_public_route", _directive("public"))
    config.add_directive("add_portal_route", _directive("portal"))
    config.add_directive("add_staff_route", _directive("staff"))
    config.add_directive("add_api_route", _directive("api"))
    config.add_directive("register_contract", register_contract)
    config.action(None, lambda: _check_targets(config), order=PHASE3_CONFIG + 2)


def _directive(area: str) -> Any:
    if area == "public":

        def add_public(config: Any, name: str, pattern: str, **kw: Any) -> None:
            """Add a route that anybody may open; rate limits and CSRF are the view's concern."""
            _add(config, RouteInfo(name, area, _module(config, name), None, None), pattern, kw)

        return add_public

    def add(
        config: Any,
        name: str,
        pattern: str,
        *,
        permission: str,
        record: str | None = None,
        step_up: bool = False,
        **kw: Any,
    ) -> None:
        """Add a route of the area; `record` names a RecordKind and needs `{public_id}` in the pattern.

        `step_up=True` is for risky acts: who comes there must have proved who they are a moment ago.
        """
        if step_up and area == "api":
            raise DeclarationError(f"route {name!r}: programs can't prove who sits before them; leave out step_up")
        _add(config, RouteInfo(name, area, _module(config, name), permission, record, step_up), pattern, kw)

    return add


def register_contract(config: Any, interface: type, make: Any) -> None:
    """Answer `request.contract(interface)` with `make(request)` wherever this module is on."""
    contracts, module = config.registry.contracts, config.registry.including

    def register() -> None:
        contracts[interface] = (module, make)

    config.action(("riskportal contract", interface), register)


def _module(config: Any, name: str) -> str:
    module: str = config.registry.including
    if not name.startswith(module + "."):
        raise DeclarationError(f"route {name!r}: names of this module's routes start with '{module}.'")
    return module


def _add(config: Any, info: RouteInfo, pattern: str, kw: dict[str, Any]) -> None:
    if pattern and not pattern.startswith("/"):
        raise DeclarationError(f"route {info.name!r}: the pattern {pattern!r} must start with a slash")
    if info.record is not None and "{public_id}" not in pattern:
        raise DeclarationError(f"route {info.name!r}: a route with a record needs {{public_id}} in its pattern")
    module = "" if info.module == CORE else f"/{info.module}"
    config.add_route(info.name, _PREFIX[info.area] + module + pattern, factory=factory(info), **kw)

    def check() -> None:
        seam = config.registry.portal.seam
        if info.permission is not None and info.permission not in seam.permissions:
            raise DeclarationError(
                f"route {info.name!r} names the permission {info.permission!r}, which nobody declares; declare it in "
                "the module's permissions() or correct the name"
            )
        if info.permission is not None and seam.permissions[info.permission].area != info.area:
            raise DeclarationError(
                f"route {info.name!r} of the area {info.area!r} names {info.permission!r}, a permission of the area "
                f"{seam.permissions[info.permission].area!r} that nobody holds there; use one of {info.area!r}"
            )
        if info.record is not None and info.record not in seam.record_kinds:
            raise DeclarationError(
                f"route {info.name!r} names the record kind {info.record!r}, which nobody declares; declare it in "
                "the module's record_kinds() or correct the name"
            )
        config.registry.portal_routes[info.name] = info

    config.action(("riskportal route", info.name), check, order=PHASE3_CONFIG + 1)


def _check_targets(config: Any) -> None:
    """Nav entries and record kinds lead to routes that exist: else every page with such a link would fail."""
    seam, routes = config.registry.portal.seam, config.registry.portal_routes
    for entry in seam.nav.values():
        if entry.route not in routes or routes[entry.route].area != entry.area:
            raise DeclarationError(
                f"nav entry {entry.id!r} leads to {entry.route!r}, which is no {entry.area} route; add it in "
                "includeme() or correct the name"
            )
    for kind in seam.record_kinds.values():
        if kind.route not in routes:
            raise DeclarationError(
                f"record kind {kind.kind!r} has its page at {kind.route!r}, which is no route; add it in includeme() "
                "or correct the name"
            )
