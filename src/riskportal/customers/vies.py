"""The EU's register of VAT numbers (VIES), as a port.

`VatRegister` is what the portal needs, `ViesRegister` asks the Commission's REST service; tests bring a fake
that misbehaves. The register is often slow, busy or down for single states, and then says so in a body with
status 200: only a clear yes or no counts as an answer about the number, everything else is "unanswered".

    POST <base>/check-vat-number {"countryCode": "DE", "vatNumber": "136695976", "requesterMemberStateCode": ...}
    200  {"countryCode": ..., "vatNumber": ..., "valid": true, "name": ..., "address": ..., "requestIdentifier": ...}
    200  {"actionSucceed": false, "errorWrappers": [{"error": "MS_MAX_CONCURRENT_REQ"}]}

`requestIdentifier`, the consultation number that proves the question, comes only to who gives a VAT number of
its own. Germany and Spain give neither name nor address; "---" stands for nothing.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import ssl
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

BASE_URL = "https://ec.europa.eu/taxation_customs/vies/rest-api"
# The worker waits so long at most, whatever the other side does: other jobs wait behind it.
SECONDS = 8.0
MOST_BYTES = 64 * 1024
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

CONFIRMED, UNKNOWN, UNANSWERED = "confirmed", "unknown", "unanswered"


@dataclass(frozen=True)
class Party:
    """A VAT number as the register wants it: its letters (Greece EL, Northern Ireland XI) and the rest."""

    country: str
    number: str


@dataclass(frozen=True)
class Answer:
    """What came of asking. `state` is confirmed, unknown (the register has no such number) or unanswered, whose
    `reason` says why in a few words without personal data. `reference` is the consultation number."""

    state: str
    name: str | None = None
    address: str | None = None
    reference: str | None = None
    reason: str = ""


class VatRegister(Protocol):
    """Knows whether a VAT number exists. Never raises: trouble is an answer too."""

    def ask(self, number: Party, requester: Party | None = None) -> Answer:
        """Ask about one number, on behalf of `requester` (the provider) if it has an EU number itself."""
        ...


@dataclass(frozen=True)
class ViesRegister:
    """Asks VIES, or whatever speaks like it at `base_url`. No redirect is followed, no proxy used."""

    base_url: str = BASE_URL
    seconds: float = SECONDS

    def ask(self, number: Party, requester: Party | None = None) -> Answer:
        """See VatRegister."""
        answer = self._ask(number, requester)
        if requester is not None and answer.reason == "INVALID_REQUESTER_INFO":
            # Our own number is at fault, not the customer's.
            return self._ask(number, None)
        return answer

    def _ask(self, number: Party, requester: Party | None) -> Answer:
        question = {"countryCode": number.country, "vatNumber": number.number}
        if requester is not None:
            question |= {"requesterMemberStateCode": requester.country, "requesterNumber": requester.number}
        try:
            status, body = self._post(json.dumps(question).encode("ascii"))
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Answer(UNANSWERED, reason=f"no answer ({type(error).__name__})")
        # A refused question (400) explains itself in the same way as others do with 200.
        if status not in (200, 400):
            return Answer(UNANSWERED, reason=f"the register answered {status}")
        return read_answer(body, number)

    def _post(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. OSError, HTTPException or ValueError when there is none in time."""
        parts = urlsplit(self.base_url)
        secure, host = parts.scheme == "https", parts.hostname or ""
        port = parts.port or (443 if secure else 80)
        connection = http.client.HTTPConnection(host, port, timeout=self.seconds)
        sock = socket.create_connection((host, port), timeout=self.seconds / 2)
        with _cut_off_after(self.seconds, sock):
            try:
                sock.settimeout(self.seconds)
                connection.sock = (
                    ssl.create_default_context().wrap_socket(sock, server_hostname=host) if secure else sock
                )
                connection.request("POST", f"{parts.path.rstrip('/')}/check-vat-number", body, _HEADERS)
                response = connection.getresponse()
                answer = response.read(MOST_BYTES + 1)
            finally:
                connection.close()
                sock.close()
        if len(answer) > MOST_BYTES:
            raise ValueError("too long an answer")
        return response.status, answer


_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "riskportal",
}


def read_answer(body: bytes, asked: Party) -> Answer:
    """What the register's words mean; whatever isn't a clear yes or no about this number is "unanswered"."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return Answer(UNANSWERED, reason="the answer can't be read")
    if not isinstance(said, dict):
        return Answer(UNANSWERED, reason="the answer can't be read")
    trouble = _trouble(said)
    if trouble == "INVALID_INPUT":
        # Its digits passed our check; the register says that the member state knows no such form of number.
        return Answer(UNKNOWN, reason=trouble)
    if trouble:
        return Answer(UNANSWERED, reason=trouble)
    valid = said.get("valid")
    if not isinstance(valid, bool):
        return Answer(UNANSWERED, reason="the answer says neither yes nor no")
    if not _is_about(said, asked):
        return Answer(UNANSWERED, reason="the answer is about another number")
    reference = _text(said.get("requestIdentifier"), 60)
    if not valid:
        return Answer(UNKNOWN, reference=reference)
    return Answer(CONFIRMED, _text(said.get("name"), 300), _text(said.get("address"), 500), reference)


def _trouble(said: Mapping[str, Any]) -> str:
    """The code of what went wrong at the register; empty when nothing did."""
    wrappers = said.get("errorWrappers")
    if wrappers or said.get("actionSucceed") is False:
        first = wrappers[0] if isinstance(wrappers, list) and wrappers else None
        code = first.get("error") if isinstance(first, dict) else None
        return _code(code)
    # Another part of the service tells it in this field, with VALID and INVALID for yes and no.
    told = said.get("userError")
    return "" if told in (None, "", "VALID", "INVALID") else _code(told)


def _code(value: Any) -> str:
    return value if isinstance(value, str) and re.fullmatch(r"[A-Z_]{1,60}", value) else "an unknown error"


def _is_about(said: Mapping[str, Any], asked: Party) -> bool:
    """Whether an answer repeats what was asked, as far as it repeats anything."""
    pairs = ((said.get("countryCode"), asked.country), (said.get("vatNumber"), asked.number))
    return all(told is None or _bare(told) == _bare(wanted) for told, wanted in pairs)


def _bare(value: Any) -> str:
    return re.sub(r"[^A-Z0-9+*]", "", value.upper()) if isinstance(value, str) else "?"


def _text(value: Any, longest: int) -> str | None:
    """A text of the register on one line, fit to be stored and shown; None for "---" and other nothings."""
    if not isinstance(value, str):
        return None
    lines = (line.strip() for line in value[: 4 * longest].splitlines())
    joined = ", ".join(line for line in lines if line)
    plain = "".join(char for char in joined if unicodedata.category(char)[0] != "C")[:longest].strip()
    return plain if plain.strip("-–., ") else None


@contextmanager
def _cut_off_after(seconds: float, sock: socket.socket) -> Iterator[None]:
    """End the connection after so many seconds: a socket's own time-out begins anew with every byte."""
    # A second handle, because the first is taken over by TLS.
    handle = socket.socket(fileno=os.dup(sock.fileno()))

    def cut() -> None:
        with suppress(OSError):
            handle.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        handle.close()


def register_from_setting(setting: str) -> VatRegister | None:
    """The register of `riskportal.vat_register`: none, vies, or vies:https://host/path. ValueError for others."""
    kind, _, base_url = setting.strip().partition(":")
    if kind == "none" and not base_url:
        return None
    if kind != "vies":
        raise ValueError(f"riskportal.vat_register: expected none, vies or vies:https://..., not {setting!r}")
    return ViesRegister(_checked_url(base_url)) if base_url else ViesRegister()


def _checked_url(url: str) -> str:
    wrong = ValueError(f"riskportal.vat_register: {url!r} is no https address")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not secure or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment or port == 0:
        raise wrong
    return url
