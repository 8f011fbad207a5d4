"""`serve` and `worker`: the portal in the foreground, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import plaster
from pyramid.paster import setup_logging
from waitress import create_server

from riskportal import make_app
from riskportal.app import Portal
from riskportal.cli.common import CliError, Invocation, say
from riskportal.jobs.embedded import EmbeddedWorker

THREADS = 8


def add_commands(subparsers: Any) -> None:
    """Add the commands of this file."""
    serve = subparsers.add_parser("serve", help="run the portal: web server and worker in one process")
    serve.add_argument("--no-worker", action="store_true", help="web server only; run `riskportal worker` beside it")
    serve.set_defaults(func=_serve)
    worker = subparsers.add_parser("worker", help="run background jobs only")
    worker.set_defaults(func=_worker)


@dataclass(frozen=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    def url(self, host: str | None = None) -> str:
        """The address for a browser; a server that listens everywhere is at 127.0.0.1 for its own machine."""
        name = host or (self.host if self.host not in ("0.0.0.0", "::", "") else "127.0.0.1")  # noqa: S104
        name = f"[{name}]" if ":" in name else name
        return f"http://{name}" if self.port == 80 else f"http://{name}:{self.port}"


def address_of(config: str, environ: Any = os.environ) -> Address:
    """HOST and PORT from the environment, else `listen` (or host and port) of the ini's [server:main]."""
    server = dict(plaster.get_settings(config, "server:main"))
    listen = str(server.get("listen") or f"{server.get('host', '127.0.0.1')}:{server.get('port', 6543)}").split()[0]
    host, _, port = (listen if ":" in listen else f"{listen}:6543").rpartition(":")
    port = environ.get("PORT") or port
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise CliError(f"PORT must be a number from 1 to 65535, not {port!r}")
    return Address((environ.get("HOST") or host).strip("[]").replace("*", "0.0.0.0"), int(port))  # noqa: S104


@contextmanager
def terminating() -> Iterator[None]:
    """SIGTERM ends the program like Ctrl-C does: finish what is in hand, close, exit 0."""

    def stop(_signal: int, _frame: Any) -> None:
        raise SystemExit(0)

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers (tests)
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def listening(address: Address) -> Iterator[socket.socket]:
    """A bound socket; CliError when the port is taken, before anything else was done."""
    try:
        place = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise CliError(f"HOST {address.host!r} is no address of this machine") from error
    with socket.socket(place[0], place[1]) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(place[4])
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CliError(
                    f"port {address.port} on {address.host} is in use by another program. Stop it, or choose "
                    f"another port: PORT={address.port + 1} riskportal ..."
                ) from error
            raise CliError(f"can't listen on {address.host}:{address.port}: {error.strerror or error}") from error
        yield bound


def run_server(
    portal: Portal, ini: dict[str, str], bound: socket.socket, greeting: Sequence[str], *, with_worker: bool = True
) -> None:
    """Say the greeting and serve until Ctrl-C or SIGTERM; then finish the requests and the job in hand."""
    server = create_server(make_app(portal, ini), sockets=[bound], threads=THREADS, ident=None, **_trust(portal))
    worker = EmbeddedWorker(portal.worker()) if with_worker else None
    with terminating():
        try:
            if worker is not None:
                worker.start()
            for line in greeting:
                say(line)
            # Returns on KeyboardInterrupt and SystemExit, once its threads have finished.
            server.run()
        except (KeyboardInterrupt, SystemExit):
            pass
        finally:
            server.close()
            if worker is not None:
                worker.stop()
            portal.database.dispose()


def _trust(portal: Portal) -> dict[str, Any]:
    """Forwarded headers are dropped unless they come from the named proxy."""
    proxies = portal.settings["trusted_proxies"]
    if len(proxies) > 1:
        raise CliError("riskportal.trusted_proxies: `serve` believes one proxy; name the one that speaks to it")
    if not proxies:
        return {"clear_untrusted_proxy_headers": True}
    return {
        "clear_untrusted_proxy_headers": True,
        "trusted_proxy": proxies[0],
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }


def start_logging(config: str) -> None:
    """Logging as the ini file says, when it says anything."""
    if "[loggers]" in Path(config).read_text(encoding="utf-8"):
        setup_logging(config)


def _serve(arguments: argparse.Namespace, invocation: Invocation) -> None:
    portal = invocation.migrated()
    start_logging(invocation.config)
    address = address_of(invocation.config)
    with listening(address) as bound:
        greeting = [f"riskportal listens on {address.url()} (Ctrl-C stops it)."]
        run_server(portal, invocation.ini, bound, greeting, with_worker=not arguments.no_worker)


def _worker(_arguments: argparse.Namespace, invocation: Invocation) -> None:
    portal = invocation.migrated()
    start_logging(invocation.config)
    stop = threading.Event()
    say("The worker runs (Ctrl-C stops it).")
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        portal.worker().run_forever(stop)
    finally:
        portal.database.dispose()
