"""What an importer works with: records with their JSON path, a context that knows refs, and results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from json import dumps
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.clock import Clock
from riskportal.portfolio.models import ImportedRecord
from riskportal.tenancy.models import Tenant

# Small enough for any database's parameter limit, large enough that round trips don't count.
BATCH = 500


@dataclass(frozen=True)
class Record:
    """One record of the file: where it stands, the caller's ref, its checked values, a digest of its JSON."""

    path: str
    ref: str
    data: Mapping[str, Any]
    digest: str


def digest_of(raw: Mapping[str, Any]) -> str:
    """A stable digest of a record's JSON, independent of key order."""
    return sha256(dumps(raw, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass
class Tally:
    """What loading a section did, or with `--dry-run` would do."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class ProofRow:
    """A figure that must be the same in the file and in the database, e.g. the sum of open invoices in EUR.

    `file` and `database` are counts or minor units.
    """

    section: str
    measure: str
    file: int
    database: int


class FrozenRecord(ValueError):
    """A record that may not change any more (an issued document) differs from what was loaded before."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")


@dataclass
class LoadContext:
    """One tenant's share of a load: its guarded session (scope: the whole tenant) and the known refs."""

    db: Session
    tenant: Tenant
    clock: Clock
    today: date
    known: dict[tuple[str, str], ImportedRecord] = field(default_factory=dict)

    def id_of(self, section: str, ref: str) -> int:
        """The database id behind a ref; the loader has checked beforehand that it exists."""
        return self.known[section, ref].record_id

    def write_all(
        self,
        section: str,
        records: Sequence[Record],
        model: type[Any],
        build: Callable[[LoadContext, Mapping[str, Any]], dict[str, Any]],
        frozen: str | None = None,
    ) -> Tally:
        """Create what is new and bring up to date what changed, in batches.

        `build(ctx, data)` gives the attribute values of a row. With `frozen`, a changed record
        raises FrozenRecord with that sentence instead of being brought up to date.
        """
        tally = Tally()
        fresh = [record for record in records if (section, record.ref) not in self.known]
        for start in range(0, len(fresh), BATCH):
            self._create(section, fresh[start : start + BATCH], model, build)
        tally.created = len(fresh)
        new_refs = {record.ref for record in fresh}
        for record in records:
            if record.ref in new_refs:
                continue
            known = self.known[section, record.ref]
            if known.digest == record.digest:
                tally.unchanged += 1
                continue
            if frozen is not None:
                raise FrozenRecord(record.path, frozen)
            self._update(known, record, model, build)
            tally.updated += 1
        return tally

    def _create(self, section: str, records: Sequence[Record], model: Any, build: Any) -> None:
        rows = [model(**build(self, record.data)) for record in records]
        self.db.add_all(rows)
        self.db.flush()
        for record, row in zip(records, rows, strict=True):
            entry = ImportedRecord(section=section, ref=record.ref, record_id=row.id, digest=record.digest)
            self.db.add(entry)
            self.known[section, record.ref] = entry
        self.db.flush()

    def _update(self, known: ImportedRecord, record: Record, model: Any, build: Any) -> None:
        row = self.db.get(model, known.record_id)
        if row is None:
            raise FrozenRecord(record.path, "its row has gone from the database; load it under a new ref")
        for name, value in build(self, record.data).items():
            setattr(row, name, value)
        known.digest = record.digest

    def load_known(self) -> None:
        """Read the tenant's refs once, before the first section."""
        for entry in self.db.scalars(select(ImportedRecord)):
            self.known[entry.section, entry.ref] = entry
