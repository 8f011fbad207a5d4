"""Addresses of the same page with other parameters: pages, filters, tabs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode


def changed_query(request: Any, **changes: str | None) -> str:
    """The page's own address with some query parameters set, or left out (None); the others stay."""
    kept = [(key, value) for key, value in request.GET.items() if key not in changes]
    query = [*kept, *((key, value) for key, value in changes.items() if value is not None)]
    return f"{request.path}?{urlencode(query)}" if query else str(request.path)
