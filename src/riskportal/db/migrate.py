"""Migrations from code: the same alembic revisions as `alembic -c development.ini upgrade heads`.

One version table, one branch per module. The branches of every installed module are always
there, enabled or not, so that switching a module on or off never changes the schema.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData
from sqlalchemy.engine import URL

from riskportal.db.base import Base
from riskportal.db.session import make_engine, normal_url
from riskportal.installed import own_packages

_CORE = Path(__file__).parents[1]


def script_folder() -> Path:
    """alembic's folder with env.py: inside the package when installed, at the top of a checkout."""
    packaged = _CORE / "migrations"
    return packaged if packaged.is_dir() else _CORE.parents[1] / "alembic"


def version_folders(packages: Iterable[str] = ()) -> list[Path]:
    """Where revisions lie: the core's, those of every module that comes with riskportal, and of `packages`."""
    names = dict.fromkeys([*own_packages(), *packages])
    folders = [Path(import_module(name).__file__ or "").parent / "migrations" for name in names]
    return [script_folder() / "versions", *(folder for folder in folders if folder.is_dir())]


def metadata(packages: Iterable[str] = ()) -> MetaData:
    """The tables of the core, of every module that comes with riskportal, and of `packages`."""
    core = [f"riskportal.{found.name}" for found in iter_modules([str(_CORE)]) if found.ispkg]
    for package in [*core, *own_packages(), *packages]:
        if find_spec(f"{package}.models") is not None:
            import_module(f"{package}.models")
    return Base.metadata


def strangers(packages: Iterable[str] = ()) -> set[str]:
    """Tables that this process has loaded from elsewhere: comparing models with the database leaves them out."""
    known = {_CORE.name, *own_packages(), *packages}
    return {
        str(mapper.local_table.key)  # type: ignore[attr-defined]
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.split(".")[0] not in known
    }


def config(database_url: str | URL, packages: Iterable[str] = ()) -> Config:
    """An alembic configuration for a database; `packages` are modules from elsewhere, by package name."""
    result = Config()
    result.set_main_option("script_location", str(script_folder()).replace("%", "%%"))
    result.set_main_option("path_separator", "os")
    folders = os.pathsep.join(str(folder) for folder in version_folders(packages))
    result.set_main_option("version_locations", folders.replace("%", "%%"))
    result.attributes["database_url"] = database_url
    result.attributes["packages"] = tuple(packages)
    return result


def upgrade(database_url: str | URL, packages: Iterable[str] = (), revision: str = "heads") -> None:
    """Bring the database to `revision`, by default to the newest of every branch."""
    command.upgrade(config(database_url, packages), revision)


def pending(database_url: str | URL, packages: Iterable[str] = ()) -> tuple[str, ...]:
    """Revisions that the database still lacks, the newest of each branch; empty when it is up to date."""
    script = ScriptDirectory.from_config(config(database_url, packages))
    engine = make_engine(normal_url(database_url))
    try:
        with engine.connect() as connection:
            done = MigrationContext.configure(connection).get_current_heads()
    finally:
        engine.dispose()
    return tuple(sorted(set(script.get_heads()) - set(done)))


class Readiness:
    """Whether a database has this code's tables; once it has, that is remembered.

    Reading all revisions is dear, and a database doesn't go back while a process runs.
    """

    def __init__(self, database_url: str | URL, packages: Iterable[str]) -> None:
        self._url, self._packages, self._ready = database_url, tuple(packages), False

    def migrated(self) -> bool:
        """Asks the database until it was up to date for the first time."""
        self._ready = self._ready or not pending(self._url, self._packages)
        return self._ready
