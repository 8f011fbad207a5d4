"""Checks for values that people type: clean texts, https addresses, colours, local dates.

Each is a colander validator or preparer; messages are ours, short and say what to write instead.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import colander

from riskportal.plug.messages import _

_HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
_ADDRESS_IN_NAME = re.compile(r"[@/]|www\.", re.I)
_JOINERS = {"\u200c", "\u200d"}  # needed to write Persian, Hindi, and many emoji


def clean_text(value: Any) -> Any:
    """Preparer: NFC, line ends as \\n, no spaces around. Leaves anything but text alone."""
    if not isinstance(value, str):
        return value
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()


class CleanText:
    """No control or invisible formatting characters (bidi overrides, zero widths); newlines if `lines`."""

    def __init__(self, *, lines: bool = False) -> None:
        self.lines = lines

    def __call__(self, node: Any, value: str) -> None:
        for char in value:
            if char in _JOINERS or (self.lines and char in "\n\t"):
                continue
            if unicodedata.category(char) in _INVISIBLE:
                raise colander.Invalid(node, _("This contains a character that can't be used here."))


class PersonName:
    """What somebody is called: no address, for names stand in mails to people who don't know them."""

    def __call__(self, node: Any, value: str) -> None:
        if _ADDRESS_IN_NAME.search(value):
            raise colander.Invalid(node, _("Write a name, without any address."))


def length(longest: int, shortest: int = 0) -> colander.Length:
    """Validator: between `shortest` and `longest` characters."""
    return colander.Length(min=shortest, max=longest)


class HttpsUrl:
    """An absolute https address without user name, password or odd characters."""

    def __call__(self, node: Any, value: str) -> None:
        wrong = colander.Invalid(node, _("Write a full address that starts with https://."))
        if len(value) > 2000 or any(char.isspace() or ord(char) < 33 for char in value) or "\\" in value:
            raise wrong
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError:
            raise wrong from None
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or port == 0:
            raise wrong


class HexColour:
    """A colour as #rrggbb."""

    def __call__(self, node: Any, value: str) -> None:
        if not _HEX_COLOUR.match(value):
            raise colander.Invalid(node, _("Write a colour as # and six digits, for example #0b5d57."))


class LocalDate:
    """A date within given days (both included); for nodes of type colander.Date."""

    def __init__(self, earliest: date | None = None, latest: date | None = None) -> None:
        self.earliest, self.latest = earliest, latest

    def __call__(self, node: Any, value: date) -> None:
        if self.earliest and value < self.earliest:
            raise colander.Invalid(node, _("Choose {day} or later.", day=self.earliest.isoformat()))
        if self.latest and value > self.latest:
            raise colander.Invalid(node, _("Choose {day} or earlier.", day=self.latest.isoformat()))
