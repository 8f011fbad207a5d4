"""A pointer to another module's record, without importing that module or its table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RecordRef:
    """`kind` is a declared RecordKind such as `services.service`; `public_id` is the record's public id."""

    kind: str
    public_id: str


@dataclass(frozen=True)
class Link:
    """How a record is shown elsewhere: a label, and an address when the reader may open it."""

    label: str
    url: str | None
