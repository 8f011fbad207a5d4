"""A database with the core's tables, and a loader over the core's sections."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from riskportal.db.session import Database
from riskportal.files.blobs import LocalBlobStore
from riskportal.portfolio.core import CORE_IMPORTERS
from riskportal.portfolio.loader import Loader


@pytest.fixture
def portfolio_database(database: Database) -> Database:
    """The clean database, on SQLite and on PostgreSQL."""
    return database


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
