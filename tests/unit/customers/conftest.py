"""A register on loopback for each test that wants one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from register_server import RegisterServer


@pytest.fixture
def register() -> Iterator[RegisterServer]:
    """A register that confirms every number until its `reply` is changed."""
    server = RegisterServer()
    yield server
    server.close()
