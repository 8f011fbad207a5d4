"""Addresses of these pages: /staff/bill-groups/{public_id}/access/... and /g/{bill_group}/account/people/..."""

from __future__ import annotations

from typing import Any

from riskportal.identity import preview
from riskportal.shell.access.permissions import P

# Pages about one person, in both areas (places.py).
ABOUT_ONE = (
    ("person", ""),
    ("person_revoke", "/revoke"),
    ("person_restore", "/restore"),
    ("person_rules", "/follow-rules"),
    ("person_resend", "/resend"),
)


def includeme(config: Any) -> None:
    """Add the routes."""
    _preview(config)
    _console(config)
    _portal(config)


def _preview(config: Any) -> None:
    here, look = "/bill-groups/{public_id}/preview", {"permission": preview.PERMISSION, "record": "core.bill_group"}
    config.add_staff_route("core.staff_preview", here, **look)
    config.add_staff_route("core.staff_preview_end", f"{here}/end", **look)


def _console(config: Any) -> None:
    here = "/bill-groups/{public_id}/access"
    write = {"permission": P.WRITE, "record": "core.bill_group", "step_up": True}
    config.add_staff_route("core.staff_access", here, permission=P.READ, record="core.bill_group")
    config.add_staff_route("core.staff_portal", f"{here}/portal", **write)
    config.add_staff_route("core.staff_portal_link", f"{here}/link", **write)
    config.add_staff_route("core.staff_rule_add", f"{here}/rules", **write)
    config.add_staff_route("core.staff_rule", f"{here}/rules/{{rule}}", **write)
    config.add_staff_route("core.staff_rule_remove", f"{here}/rules/{{rule}}/remove", **write)
    config.add_staff_route("core.staff_invite", f"{here}/people/invite", **write)
    for name, below in ABOUT_ONE:
        config.add_staff_route(f"core.staff_{name}", f"{here}/people/{{person}}{below}", **write)


def _portal(config: Any) -> None:
    here = "/account/people"
    config.add_portal_route("core.people", here, permission=P.PEOPLE_MANAGE)
    config.add_portal_route("core.invite", f"{here}/invite", permission=P.PEOPLE_MANAGE, step_up=True)
    for name, below in ABOUT_ONE:
        config.add_portal_route(f"core.{name}", f"{here}/{{person}}{below}", permission=P.PEOPLE_MANAGE, step_up=True)
