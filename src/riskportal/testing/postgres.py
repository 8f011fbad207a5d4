"""A PostgreSQL server of the test run's own: no port, no fsync, gone when the run ends.

Started by the first test that needs it as `python -m riskportal.testing.postgres FOLDER PID`, it
listens on a socket in FOLDER, and stops as soon as the process PID (the test run) has ended, be
it by kill -9. PostgreSQL refuses to run as root: then it runs as the user `postgres`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import URL

SUPERUSER = "postgres"
START_SECONDS = 60
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}


class NoPostgres(RuntimeError):
    """There is no PostgreSQL server to be started here; the message says what to install."""


def programs() -> Path:
    """The folder with initdb and postgres; NoPostgres when there is none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not installed:
        raise NoPostgres("PostgreSQL isn't installed (on Debian: apt install postgresql)")
    return installed[-1].parent


def server_url(folder: Path, database: str) -> URL:
    """The address of a database of the server in `folder`."""
    return URL.create("postgresql+psycopg", username=SUPERUSER, database=database, query={"host": str(folder / "s")})


def connect(url: URL, database: str) -> psycopg.Connection[Any]:
    """A plain autocommit connection, for what a server's owner does."""
    target = url.set(drivername="postgresql", database=database).render_as_string(hide_password=False)
    return psycopg.connect(target, autocommit=True)


def ensure_running(folder: Path, run: int) -> None:
    """Start the server unless it runs already; it lives as long as the process `run`. NoPostgres when it can't."""
    if (folder / "ready").exists():
        return
    programs()
    folder.mkdir(exist_ok=True)
    with (folder / "start.log").open("wb") as log:
        starter = subprocess.Popen(
            [sys.executable, "-m", "riskportal.testing.postgres", str(folder), str(run)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not (folder / "ready").exists():
        if starter.poll() is not None or time.monotonic() > deadline:
            raise NoPostgres("PostgreSQL didn't start: " + (folder / "start.log").read_text()[-2000:])
        time.sleep(0.05)
    # It outlives this process on purpose; Python would warn about a child that nobody waited for.
    starter.returncode = 0


def stop(folder: Path) -> None:
    """End the server in `folder`, if there is one, and wait until it has gone."""
    ready = folder / "ready"
    if not ready.exists():
        return
    os.kill(int(ready.read_text()), signal.SIGTERM)
    deadline = time.monotonic() + START_SECONDS
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def serve(folder: Path, run: int) -> None:
    """Make a cluster, run it, and end it when the process `run` is gone or we are told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sockets, data, binaries = folder / "s", folder / "data", programs()
    sockets.mkdir()
    identity = _as_postgres(folder, sockets)
    subprocess.run(
        [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            SUPERUSER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        check=True,
        cwd=folder,
        **identity,
    )
    options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
    server = subprocess.Popen([binaries / "postgres", "-D", data, "-k", sockets, *options], cwd=folder, **identity)
    try:
        _wait_until_it_answers(server_url(folder, "postgres"), server)
        (folder / "ready").write_text(str(os.getpid()))
        while _alive(run) and server.poll() is None:
            time.sleep(0.25)
    finally:
        # SIGINT is PostgreSQL's "fast" shutdown: it ends the sessions, then itself.
        server.send_signal(signal.SIGINT)
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(*folders: Path) -> dict[str, Any]:
    """Arguments for subprocess that drop root, with the folders handed over to that user."""
    if os.getuid() != 0:
        return {}
    try:
        owner = pwd.getpwnam(SUPERUSER)
    except KeyError:
        raise NoPostgres("as root there must be a user 'postgres' (the package postgresql makes it)") from None
    for folder in folders:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _wait_until_it_answers(url: URL, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connect(url, "postgres").close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
