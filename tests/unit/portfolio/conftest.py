"""A database with the core's tables, and a loader over the core's sections."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from riskportal.clock import FixedClock
from riskportal.db.base import Base
from riskportal.db.session import Database
from riskportal.files.blobs import LocalBlobStore
from riskportal.portfolio.core import CORE_IMPORTERS
from riskportal.portfolio.loader import Loader

NOON = datetime(2026, 4, 20, 10, 0, tzinfo=UTC)


@pytest.fixture
def portfolio_database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/db.sqlite", FixedClock(NOON))
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobStore:
    return LocalBlobStore(tmp_path / "files")


@pytest.fixture
def loader(portfolio_database: Database, blobs: LocalBlobStore) -> Loader:
    return Loader(portfolio_database, CORE_IMPORTERS, blobs, modules=("services", "billing"))


@pytest.fixture
def file() -> dict[str, Any]:
    """A small file made of the sections' own examples."""
    sections = {importer.section: [deepcopy(importer.example)] for importer in CORE_IMPORTERS}
    return {"format": "riskportal/1", **sections}
