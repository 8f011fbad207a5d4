"""A register of VAT numbers on loopback that answers, lies, dawdles or breaks off, as a test wants it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[["RegisterHandler", dict[str, Any]], None]


class RegisterHandler(BaseHTTPRequestHandler):
    """Hands every question to the server's `reply`."""

    server: RegisterServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        question = json.loads(body)
        self.server.asked.append((self.path, question))
        with suppress(OSError):  # the other side may hang up, and should
            self.server.reply(self, question)

    do_GET = do_POST

    def say(self, said: Any, status: int = 200, **headers: str) -> None:
        """Answer with JSON."""
        self.send(json.dumps(said).encode(), status, **headers)

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Answer with bytes as they are."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Says nothing."""


class RegisterServer(ThreadingHTTPServer):
    """`reply` decides about every answer; `asked` holds path and question of each."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), RegisterHandler)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.reply: Reply = confirm()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/vies/rest-api"

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()
        self._thread.join()


def confirm(**changes: Any) -> Reply:
    """A yes about the number that was asked, with some values of its own."""

    def reply(handler: RegisterHandler, question: dict[str, Any]) -> None:
        said = {
            "countryCode": question.get("countryCode"),
            "vatNumber": question.get("vatNumber"),
            "requestDate": "2027-04-20T09:00:00.000Z",
            "valid": True,
            "requestIdentifier": "WAPIAAAAYxyz123",
            "name": "NORTHWIND ATELIER GMBH",
            "address": "KANALGADE 4\n8000 AARHUS",
        }
        handler.say({**said, **changes})

    return reply


def trouble(code: str, status: int = 200) -> Reply:
    """The register's way to say that it can't answer now."""
    return lambda handler, _question: handler.say(
        {"actionSucceed": False, "errorWrappers": [{"error": code}]}, status
    )


def raw(body: bytes, status: int = 200, **headers: str) -> Reply:
    """Any bytes."""
    return lambda handler, _question: handler.send(body, status, **headers)


def dawdle(seconds: float) -> Reply:
    """A byte of the head now and then: no single wait is long, all of them are."""

    def reply(handler: RegisterHandler, _question: dict[str, Any]) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            handler.wfile.write(b"x")
            time.sleep(0.05)

    return reply


def silence(seconds: float) -> Reply:
    """Takes the question and says nothing."""
    return lambda _handler, _question: time.sleep(seconds)


def endless(_handler: RegisterHandler, _question: dict[str, Any]) -> None:
    """An answer without end."""
    _handler.send_response(200)
    _handler.end_headers()
    while True:
        _handler.wfile.write(b" " * 65536)
