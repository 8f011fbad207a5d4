"""The services module alone: it must work without any other module."""

import pytest


@pytest.fixture(scope="session")
def plugins():
    return ["services"]
