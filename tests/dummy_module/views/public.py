"""A page for anybody."""

from __future__ import annotations

from typing import Any


def about(context: Any, request: Any) -> str:
    """One sentence, with the tenant's name."""
    return f"{context.tenant.name} has a notebook."
