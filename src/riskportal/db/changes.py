"""What a form changes about a row, and whether somebody else has changed the row since the form was opened.

    shown:  mark(values_of(row, fields))       stands in the form's hidden field `seen`
    sent:   differences(stored, wanted, seen)  on the locked row: what to write, or Outdated

The same form sent twice changes nothing the second time, and is no conflict: nobody's words are lost.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """A field that got another value; None stands for nothing."""

    field: str
    old: Any
    new: Any


class Outdated(Exception):
    """Somebody else has changed the row since the form was opened.

    `current` holds what is stored now, `mark` stands for it; `seen` is the mark that the form carried.
    """

    def __init__(self, current: Mapping[str, Any], seen: str) -> None:
        super().__init__("changed by somebody else in the meantime")
        self.current, self.mark = current, mark(current)
        parts = seen.split("-")
        self._seen = dict(zip(current, parts, strict=True)) if len(parts) == len(current) else {}

    def was(self, field: str, value: Any) -> bool:
        """Whether the form was opened with this value in the field."""
        return self._seen.get(field) == _mark(field, value)


def values_of(row: Any, fields: Iterable[str]) -> dict[str, Any]:
    """What a row holds in these fields, in their order."""
    return {field: getattr(row, field) for field in fields}


def mark(values: Mapping[str, Any]) -> str:
    """What stands for a set of values in a form's hidden field: a short mark for each, in their order."""
    return "-".join(_mark(field, value) for field, value in values.items())


def check_seen(stored: Mapping[str, Any], seen: str | None) -> None:
    """Outdated unless `seen` is the mark of what is stored; None stands for whatever is stored."""
    if seen is not None and seen != mark(stored):
        raise Outdated(stored, seen)


def differences(stored: Mapping[str, Any], wanted: Mapping[str, Any], seen: str | None = None) -> tuple[Change, ...]:
    """What `wanted` changes of what is `stored`, in its order; Outdated (see `check_seen`) if it changes anything."""
    changes = tuple(
        Change(field, stored[field], new) for field, new in wanted.items() if (stored[field] or None) != (new or None)
    )
    if changes:
        check_seen(stored, seen)
    return changes


def _mark(field: str, value: Any) -> str:
    text = json.dumps([field, value or None], ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:8]
