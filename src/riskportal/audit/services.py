"""Writing and reading audit entries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from riskportal.audit.models import ACTOR_KINDS, AuditEntry
from riskportal.contracts.records import RecordRef

# Surrogates can't be stored and control characters would forge lines in a log or an export.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True)
class Actor:
    """Who acted. `kind` is one of ACTOR_KINDS, `id` a user's or a token's id, `name` what people know it by."""

    kind: str
    id: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if self.kind not in ACTOR_KINDS:
            raise ValueError(f"actor kind {self.kind!r} is unknown; use one of {', '.join(ACTOR_KINDS)}")


SYSTEM = Actor("system")


@dataclass(frozen=True)
class Page:
    """Some entries, newest first; `next` is the cursor of the following (older) page, None on the last;
    `previous` that of the page before (newer), None on the first."""

    entries: tuple[AuditEntry, ...]
    next: str | None
    previous: str | None = None


def record(
    db: Session,
    code: str,
    *,
    actor: Actor,
    at: datetime | None = None,
    ref: RecordRef | None = None,
    bill_group_id: int | None = None,
    data: dict[str, Any] | None = None,
    ip: str | None = None,
    request_id: str | None = None,
) -> AuditEntry:
    """Write an entry into the caller's transaction. `at` (UTC) is now unless given.

    `data` takes plain values, dates and decimals; TypeError for anything else. Text in it is kept
    exactly, control characters included: it is shown as text only and stored as JSON.
    """
    entry = AuditEntry(
        code=code,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=_line(actor.name, 200),
        at=at or db.info["clock"].now(),
        record_kind=ref.kind if ref else None,
        record_id=ref.public_id if ref else None,
        bill_group_id=bill_group_id,
        data=_plain(data or {}),
        ip=ip,
        request_id=_line(request_id, 64) if request_id else None,
    )
    db.add(entry)
    return entry


def entries(
    db: Session,
    *,
    bill_group_id: int | None = None,
    codes: Sequence[str] = (),
    actor_id: int | None = None,
    ref: RecordRef | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    also: Sequence[ColumnElement[bool]] = (),
    either: Sequence[ColumnElement[bool]] = (),
    after: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Page:
    """Entries that the session may see, newest first, `since` <= at < `until` (UTC).

    A portal session sees its bill group only. `after` is the `next` of the page before, `before` the
    `previous` of the page after; a cursor that names no entry gives the first page. `also` holds further
    conditions, of callers that know more tables than this package. Of `either` one must hold: give conditions
    that an index answers in the order of time, for each is asked on its own. As one OR they would have the
    database walk through all of time until it has found a page.
    """
    chosen = [*_chosen(bill_group_id, codes, actor_id, ref, since, until), *also]
    upwards = _beyond(db, before, newer=True) if before is not None else []
    if upwards:
        return _page_above(db, chosen + upwards, either, limit)
    beyond = _beyond(db, after, newer=False) if after is not None else []
    found = _next(db, chosen + beyond, either, limit + 1, newest_first=True)
    shown = tuple(found[:limit])
    return Page(
        shown,
        next=shown[-1].public_id if len(found) > limit else None,
        previous=shown[0].public_id if beyond and shown else None,
    )


def _chosen(
    bill_group_id: int | None,
    codes: Sequence[str],
    actor_id: int | None,
    ref: RecordRef | None,
    since: datetime | None,
    until: datetime | None,
) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = []
    if bill_group_id is not None:
        chosen.append(AuditEntry.bill_group_id == bill_group_id)
    if codes:
        chosen.append(AuditEntry.code.in_(codes))
    if actor_id is not None:
        chosen.append(AuditEntry.actor_id == actor_id)
    if ref is not None:
        chosen += [AuditEntry.record_kind == ref.kind, AuditEntry.record_id == ref.public_id]
    if since is not None:
        chosen.append(AuditEntry.at >= since)
    if until is not None:
        chosen.append(AuditEntry.at < until)
    return chosen


def _next(
    db: Session,
    chosen: list[ColumnElement[bool]],
    either: Sequence[ColumnElement[bool]],
    limit: int,
    *,
    newest_first: bool,
) -> list[AuditEntry]:
    """The first `limit` entries in one direction of time."""
    keys = (AuditEntry.at, AuditEntry.id)
    query = select(AuditEntry).where(*chosen).limit(limit)
    query = query.order_by(*(key.desc() for key in keys) if newest_first else keys)
    if not either:
        return list(db.scalars(query))
    found = {entry.id: entry for one in either for entry in db.scalars(query.where(one))}
    return sorted(found.values(), key=lambda entry: (entry.at, entry.id), reverse=newest_first)[:limit]


def _page_above(
    db: Session, chosen: list[ColumnElement[bool]], either: Sequence[ColumnElement[bool]], limit: int
) -> Page:
    """The page whose last entry stands right above a cursor."""
    found = _next(db, chosen, either, limit + 1, newest_first=False)
    shown = tuple(reversed(found[:limit]))
    return Page(
        shown,
        next=shown[-1].public_id if shown else None,
        previous=shown[0].public_id if len(found) > limit else None,
    )


def erase_actor(db: Session, actor_id: int) -> int:
    """Erase name and network address of a user from all entries; what was done stays. Returns how many."""
    result = db.execute(
        update(AuditEntry)
        .where(AuditEntry.actor_id == actor_id, AuditEntry.actor_kind.in_(("user", "staff")))
        .values(actor_name="", ip=None)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def _beyond(db: Session, cursor: str, *, newer: bool) -> list[ColumnElement[bool]]:
    """The condition of standing on the newer or older side of an entry; nothing when there is no such entry."""
    last = db.execute(select(AuditEntry.at, AuditEntry.id).where(AuditEntry.public_id == cursor)).one_or_none()
    if last is None:
        return []
    if newer:
        return [or_(AuditEntry.at > last.at, and_(AuditEntry.at == last.at, AuditEntry.id > last.id))]
    return [or_(AuditEntry.at < last.at, and_(AuditEntry.at == last.at, AuditEntry.id < last.id))]


def _line(text: str, length: int) -> str:
    return _UNPRINTABLE.sub("?", text)[:length]


def _plain(value: Any) -> Any:
    """The value as JSON can hold it; TypeError names what it can't."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise TypeError(f"audit data can't hold {type(value).__name__}; give text, numbers, dates or lists of them")
