"""What an importer works with: records with their JSON path, a context that knows refs, and results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from json import dumps
from typing import Any

from sqlalchemy import func, insert, select
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

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.created + other.created, self.updated + other.updated, self.unchanged + other.unchanged)


@dataclass(frozen=True)
class ProofRow:
    """A figure that must be the same in the file and in the database, e.g. the sum of open invoices in EUR.

    `file` and `database` are counts, or minor units of `currency` when one is given.
    """

    section: str
    measure: str
    file: int
    database: int
    currency: str | None = None


@dataclass(frozen=True)
class Problem:
    """Something in the file that must be put right: its JSON path, and what was expected there."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class PortfolioError(ValueError):
    """The file can't be loaded; `problems` lists everything that is wrong with it. Nothing was written."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Known:
    """What the database remembers of a ref. `entry_id` is the row that remembers it."""

    entry_id: int
    record_id: int
    public_id: str | None
    digest: str


Build = Callable[["LoadContext", Mapping[str, Any]], dict[str, Any]]


@dataclass
class LoadContext:
    """One tenant's share of a load: its guarded session (scope: the whole tenant) and the known refs."""

    db: Session
    tenant: Tenant
    clock: Clock
    today: date
    known: dict[tuple[str, str], Known] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _asked: set[tuple[str, str]] = field(default_factory=set)

    def id_of(self, section: str, ref: str) -> int:
        """The database id behind a ref; the loader has checked beforehand that it exists."""
        return self._known(section, ref).record_id

    def public_id_of(self, section: str, ref: str) -> str:
        """The public id of the row behind a ref, e.g. for a RecordRef."""
        public_id = self._known(section, ref).public_id
        if public_id is None:
            raise LookupError(f"records of {section!r} have no public id")
        return public_id

    def ids_of(self, section: str, records: Iterable[Record]) -> list[int]:
        """The database ids of records that have been written, in their order."""
        return [self.id_of(section, record.ref) for record in records]

    def remember(self, section: str, refs: Iterable[str]) -> None:
        """Read what the database knows of these refs, a few hundred at a time and each only once."""
        new = [ref for ref in dict.fromkeys(refs) if (section, ref) not in self._asked]
        self._asked.update((section, ref) for ref in new)
        entry = ImportedRecord
        columns = (entry.ref, entry.id, entry.record_id, entry.public_id, entry.digest)
        for batch in batches(new):
            found = self.db.execute(select(*columns).where(entry.section == section, entry.ref.in_(batch)))
            for ref, entry_id, record_id, public_id, digest in found:
                self.known[section, ref] = Known(entry_id, record_id, public_id, digest)

    def write_all(
        self,
        section: str,
        records: Sequence[Record],
        model: type[Any],
        build: Build,
        frozen: str | None = None,
    ) -> Tally:
        """Create what is new and bring up to date what changed, in batches.

        `build(ctx, data)` gives the attribute values of a row. With `frozen`, a changed record is a
        problem with that sentence instead of being brought up to date, and the load fails.
        """
        self.remember(section, (record.ref for record in records))
        fresh = [record for record in records if (section, record.ref) not in self.known]
        old = [record for record in records if (section, record.ref) in self.known]
        changed = [record for record in old if self.known[section, record.ref].digest != record.digest]
        for batch in batches(fresh):
            self._create(section, batch, model, build)
        if frozen is not None:
            self.problems += [Problem(record.path, frozen) for record in changed]
        else:
            for batch in batches(changed):
                self._update(section, batch, model, build)
        return Tally(created=len(fresh), updated=len(changed), unchanged=len(old) - len(changed))

    def adopt(self, section: str, ref: str, row: Any) -> None:
        """From now on `ref` means this existing row; `write_all` then brings it up to date."""
        self._remember_rows(section, [(ref, row, "")])

    def count(self, section: str, records: Sequence[Record], model: Any) -> ProofRow:
        """A proof row: how many records the file has, and how many of their rows the database has."""
        found = sum(
            self.db.scalar(select(func.count()).select_from(model).where(model.id.in_(ids))) or 0
            for ids in batches(self.ids_of(section, records))
        )
        return ProofRow(section, "records", len(records), found)

    def _known(self, section: str, ref: str) -> Known:
        if (section, ref) not in self.known:
            self.remember(section, [ref])
        try:
            return self.known[section, ref]
        except KeyError:
            raise LookupError(f"no record {ref!r} in {section!r}") from None

    def _create(self, section: str, records: Sequence[Record], model: Any, build: Build) -> None:
        rows = [model(**build(self, record.data)) for record in records]
        self.db.add_all(rows)
        self.db.flush()
        self._remember_rows(section, [(r.ref, row, r.digest) for r, row in zip(records, rows, strict=True)])

    def _remember_rows(self, section: str, found: Sequence[tuple[str, Any, str]]) -> None:
        entries = [
            {
                "tenant_id": self.tenant.id,
                "section": section,
                "ref": ref,
                "record_id": row.id,
                "public_id": getattr(row, "public_id", None),
                "digest": digest,
            }
            for ref, row, digest in found
        ]
        remember = insert(ImportedRecord).returning(ImportedRecord.id, sort_by_parameter_order=True)
        for entry_id, entry in zip(self.db.scalars(remember, entries), entries, strict=True):
            known = Known(entry_id, entry["record_id"], entry["public_id"], entry["digest"])
            self.known[section, entry["ref"]] = known

    def _update(self, section: str, records: Sequence[Record], model: Any, build: Build) -> None:
        known = [self.known[section, record.ref] for record in records]
        rows = self._by_id(model, [entry.record_id for entry in known])
        entries = self._by_id(ImportedRecord, [entry.entry_id for entry in known])
        for record, entry in zip(records, known, strict=True):
            row = rows.get(entry.record_id)
            if row is None:
                self.problems.append(Problem(record.path, "its row was deleted; load it under a new ref"))
                continue
            for name, value in build(self, record.data).items():
                setattr(row, name, value)
            entries[entry.entry_id].digest = record.digest
        self.db.flush()

    def _by_id(self, model: Any, ids: Sequence[int]) -> dict[int, Any]:
        return {row.id: row for row in self.db.scalars(select(model).where(model.id.in_(ids)))}


def batches(items: Sequence[Any], size: int = BATCH) -> Iterable[Sequence[Any]]:
    """`items` in slices of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))
