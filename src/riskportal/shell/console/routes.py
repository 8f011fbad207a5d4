"""Addresses of these pages."""

from __future__ import annotations

from typing import Any


def includeme(config: Any) -> None:
    """Add the routes."""
