"""One world for all tests that walk every route."""

from __future__ import annotations

from typing import Any

import pytest
from matrix_world import World, build


@pytest.fixture(scope="session")
def plugins() -> list[str]:
    """Modules with every kind of route."""
    return ["services", "billing", "dummy_module"]


@pytest.fixture
def world(loaded_demo: Any, demo_app: Any) -> World:
    """A world of one's own, to be changed at will."""
    return build(loaded_demo, demo_app)
