"""Lazy messages: text written where it is declared, translated where it is shown.

`_("Due on {day}", day=...)` keeps the English text and its values; `translate` of the page
gives it in the reader's language. Placeholders are plain names in braces, filled by name only
(never `str.format`, so a text can't reach into objects).
"""

from __future__ import annotations

import re
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
    __slots__ = ("msgid", "plural", "values")

    def __new__(cls, msgid: str, values: dict[str, Any], plural: str = "") -> Message:
        chosen = plural if plural and values.get("n") != 1 else msgid
        self = super().__new__(cls, fill(chosen, values))
        self.msgid, self.plural, self.values = msgid, plural, values
        return self

    def __getnewargs__(self) -> tuple[str, dict[str, Any], str]:  # type: ignore[override]
        return self.msgid, self.values, self.plural


def _(msgid: str, **values: Any) -> Message:
    """A lazy message; values may be lazy messages themselves."""
    return Message(msgid, values)


def plural(one: str, many: str, n: int, **values: Any) -> Message:
    """A lazy message with a count `n`, e.g. plural("{n} invoice", "{n} invoices", 3)."""
    return Message(one, {"n": n, **values}, many)
