"""Databases for tests: migrated once per run, then handed out clean to every test.

Templates are shared by all worker processes of a run, so a lock file in the run's folder
decides who builds one. A worker has one database per kind and cleans it before each test:
on SQLite by copying the template file anew, on PostgreSQL by emptying every table. Tests
commit for real, so threads, subprocesses and the web application all see the same rows.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from riskportal.db import migrate
from riskportal.testing import postgres

RUN_FOLDER = "RISKPORTAL_TEST_RUN"
RUN_PROCESS = "RISKPORTAL_TEST_RUN_PROCESS"
EXTERNAL_SERVER = "RISKPORTAL_TEST_POSTGRES"
VERSION_TABLE = "alembic_version"
Fill = Callable[[URL], None]


def open_run() -> Path:
    """Make the folder that all processes of this test run share."""
    folder = Path(tempfile.mkdtemp(prefix="riskportal-"))
    # PostgreSQL's own user must be able to pass through.
    folder.chmod(0o711)
    os.environ[RUN_FOLDER] = str(folder)
    os.environ[RUN_PROCESS] = str(os.getpid())
    return folder


def run_folder() -> Path:
    """The folder that `open_run` made, in this process or the one that started it."""
    return Path(os.environ[RUN_FOLDER])


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One process of the run at a time."""
    with (run_folder() / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


class Sqlite:
    """Files: a template is a file, and cleaning is copying it."""

    name = "sqlite"

    def template(self, key: str, fill: Fill) -> Path:
        """The file of a template, filled by the first who asks for it."""
        path = run_folder() / f"template-{key}.sqlite"
        with locked(f"sqlite-{key}"):
            if not path.exists():
                building = path.with_suffix(".building")
                fill(self.url(building))
                building.rename(path)
        return path

    def url(self, path: Path) -> URL:
        return URL.create("sqlite", database=str(path))

    def copy(self, key: str, fill: Fill, name: str) -> URL:
        """A database of that name with the template's content. Open connections keep the old file."""
        path = run_folder() / f"{name}.sqlite"
        for old in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            old.unlink(missing_ok=True)
        shutil.copyfile(self.template(key, fill), path)
        return self.url(path)

    def clean(self, url: URL, key: str, fill: Fill) -> None:
        """Bring a database made by `copy` back to its template."""
        self.copy(key, fill, Path(url.database or "").stem)


class Postgres:
    """Databases of one server: cleaning empties the tables, which is several times faster than copying."""

    name = "postgres"

    def server(self) -> URL:
        """The server of this run, started on first use; NoPostgres when there is none."""
        if EXTERNAL_SERVER in os.environ:
            return make_url(os.environ[EXTERNAL_SERVER]).set(drivername="postgresql+psycopg")
        folder = run_folder() / "pg"
        with locked("postgres"):
            postgres.ensure_running(folder, int(os.environ[RUN_PROCESS]))
        return postgres.server_url(folder, "postgres")

    def template(self, key: str, fill: Fill) -> str:
        """The name of a template database, filled by the first who asks for it."""
        server, name = self.server(), f"riskportal_template_{key}"
        done = run_folder() / f"{name}.done"
        with locked(name):
            if not done.exists():
                self._create(server, name)
                fill(server.set(database=name))
                done.touch()
        return name

    def copy(self, key: str, fill: Fill, name: str) -> URL:
        """A new database of that name with the template's content."""
        server, template = self.server(), self.template(key, fill)
        with locked(template):
            self._create(server, f"riskportal_{name}", template)
        return server.set(database=f"riskportal_{name}")

    def clean(self, url: URL, key: str, fill: Fill) -> None:
        """Empty every table that was used. Sessions that a test left open are ended: their locks would block the
        next test. Vacuuming gives the space back: thousands of tests leave their dead rows in these tables."""
        with postgres.connect(url, url.database or "") as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            tables = connection.execute(
                "SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                "AND relkind = 'r' AND pg_relation_size(oid) > 0 AND relname <> %s",
                (VERSION_TABLE,),
            ).fetchall()
            if not tables:
                return
            # A replica runs no triggers: neither foreign keys nor the refusals of unchangeable rows.
            deletes = "".join(f"DELETE FROM {table};" for (table,) in tables)
            connection.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletes} COMMIT")
            connection.execute("VACUUM " + ", ".join(table for (table,) in tables))

    def _create(self, server: URL, name: str, template: str = "template0") -> None:
        with postgres.connect(server, "postgres") as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


BACKENDS: dict[str, Sqlite | Postgres] = {"sqlite": Sqlite(), "postgres": Postgres()}


def key_of(*parts: object) -> str:
    """A short name for a template with this content."""
    return sha256(repr(parts).encode()).hexdigest()[:12]


def migrated(packages: Sequence[str]) -> tuple[str, Fill]:
    """Key and filling of the template with all migrations, those of `packages` included."""
    return key_of("migrated", tuple(packages)), lambda url: migrate.upgrade(url, packages)
