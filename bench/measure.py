"""Measuring: server processes, fixed numbers of requests, and CPU time from /proc."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running server process."""

    port: int
    pid: int


@dataclass(frozen=True)
class Page:
    """An address on a server, and a text that stands on every right answer."""

    name: str
    server: Server
    path: str
    expect: str
    cookie: str = ""
    host: str = "127.0.0.1"


@contextmanager
def serving(kind: str, settings: dict[str, str]) -> Iterator[Server]:
    """A server process of its own, ended at the end."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "bench.server", kind, json.dumps(settings)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"the {kind} server didn't start")
        yield Server(int(line), process.pid)
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def ask(page: Page, requests: int) -> None:
    """Ask for the page, one request after the other on one connection, and check every answer."""
    connection = http.client.HTTPConnection("127.0.0.1", page.server.port, timeout=30)
    headers = {"Host": page.host, "Accept-Language": "en"}
    if page.cookie:
        headers["Cookie"] = page.cookie
    expect = page.expect.encode()
    for _ in range(requests):
        connection.request("GET", page.path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200 or expect not in body:
            raise SystemExit(f"{page.name}: status {answer.status}, {page.expect!r} is not on the page")
    connection.close()


def cpu_of(page: Page, requests: int, postmaster: int | None) -> tuple[float, float]:
    """CPU milliseconds per request of the server process, and of the database server."""
    before = ticks(page.server.pid), database_ticks(postmaster)
    ask(page, requests)
    after = ticks(page.server.pid), database_ticks(postmaster)
    return tuple((b - a) * TICK_MS / requests for a, b in zip(before, after, strict=True))  # type: ignore[return-value]


def _stat(pid: int) -> list[Any]:
    # The name in parentheses may hold spaces.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def ticks(pid: int, with_dead_children: bool = False) -> int:
    """User and system time of a process so far."""
    fields = _stat(pid)
    return sum(int(value) for value in fields[11 : 15 if with_dead_children else 13])


def database_ticks(postmaster: int | None) -> int:
    """Time of a PostgreSQL server with all its processes; 0 for SQLite, which runs inside the web server."""
    if postmaster is None:
        return 0
    total = ticks(postmaster, with_dead_children=True)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if int(_stat(int(entry.name))[1]) == postmaster:
                    total += ticks(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
    return total
