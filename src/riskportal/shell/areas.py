"""Pages that stand in two areas: the same views and templates serve customers and the provider's staff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.view import view_config


def in_both_areas(page: str, **options: Any) -> Callable[[Any], Any]:
    """`view_config` for both areas' routes of a page: "person" -> core.person and core.staff_person."""

    def decorate(view: Any) -> Any:
        for route in (f"core.{page}", f"core.staff_{page}"):
            view = view_config(route_name=route, _depth=1, **options)(view)
        return view

    return decorate
