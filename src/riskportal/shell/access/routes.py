"""Addresses of these pages."""

from __future__ import annotations

from typing import Any

from riskportal.identity import preview


def includeme(config: Any) -> None:
    """Add the routes."""
    config.add_staff_route("core.staff_preview", "/bill-groups/{public_id}/preview", permission=preview.PERMISSION)
    config.add_staff_route(
        "core.staff_preview_end", "/bill-groups/{public_id}/preview/end", permission=preview.PERMISSION
    )
