"""Lazy messages: text written where it is declared, translated where it is shown.

`_("Due on {day}", day=...)` keeps the English text and its values; `translate` of the page
gives it in the reader's language. Placeholders are plain names in braces, filled by name only
(never `str.format`, so a text can't reach into objects).

A message knows the Python module that wrote it: "Cancelled" may be an invoice in one package and a
subscription in another, so each is translated by its own package's catalogue (riskportal.web.i18n).
"""

from __future__ import annotations

import re
import sys
from typing import Any

_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


def fill(text: str, values: dict[str, Any]) -> str:
    """Replace `{name}` by `values[name]`; an unknown name stays as it stands."""
    if not values:
        return text
    return _PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), text)


class Message(str):
    """An English text that knows its placeholders' values; as a plain str it is the filled English text."""

    msgid: str
    plural: str
    values: dict[str, Any]
    origin: str
    __slots__ = ("msgid", "origin", "plural", "values")

    def __new__(cls, msgid: str, values: dict[str, Any], plural: str = "", origin: str = "") -> Message:
        chosen = plural if plural and values.get("n") != 1 else msgid
        self = super().__new__(cls, fill(chosen, values))
        self.msgid, self.plural, self.values, self.origin = msgid, plural, values, origin
        return self

    def __getnewargs__(self) -> tuple[str, dict[str, Any], str, str]:  # type: ignore[override]
        return self.msgid, self.values, self.plural, self.origin


def _(msgid: str, **values: Any) -> Message:
    """A lazy message; values may be lazy messages themselves."""
    return Message(msgid, values, origin=_writer())


def plural(one: str, many: str, n: int, **values: Any) -> Message:
    """A lazy message with a count `n`, e.g. plural("{n} invoice", "{n} invoices", 3)."""
    return Message(one, {"n": n, **values}, many, _writer())


def _writer() -> str:
    """The name of the Python module that called our caller."""
    return str(sys._getframe(2).f_globals.get("__name__", ""))
