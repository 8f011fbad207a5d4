"""The records that audit entries name, loaded kind by kind: a page of entries may name as many as it has lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from riskportal.audit.models import AuditEntry
from riskportal.contracts.records import Link, RecordRef
from riskportal.plug import _
from riskportal.plug.declarations import RecordKind

# Data of entries that may hold somebody's rights (shell.access.told).
RIGHTS = ("rights", "old", "new")


def record_of(entry: AuditEntry) -> RecordRef | None:
    """The record an entry is about; None for a bill group, which its line names anyway."""
    if entry.record_kind is None or entry.record_id is None or entry.record_kind == "core.bill_group":
        return None
    return RecordRef(entry.record_kind, entry.record_id)


def limits_in(data: Mapping[str, Any]) -> list[RecordRef]:
    """The records that somebody's access is limited to, as an entry about their rights keeps them."""
    held = [data.get(name) for name in RIGHTS]
    limits = [pair for rights in held if isinstance(rights, dict) for pair in rights.get("limited_to") or ()]
    return [RecordRef(*pair) for pair in limits if isinstance(pair, list) and len(pair) == 2]


def links_of(request: Any, found: Iterable[AuditEntry]) -> dict[RecordRef, Link | None]:
    """Links to the records that entries are about: a label alone without the permission, or when one is gone."""
    refs = {ref for ref in map(record_of, found) if ref is not None}
    kinds = request.registry.portal.seam.record_kinds
    allowed = {ref for ref in refs if ref.kind in kinds and request.allows(kinds[ref.kind].permission)}
    titles = titles_of(request, request.db, allowed)
    return {ref: _link(request, ref, kinds.get(ref.kind), titles, ref in allowed) for ref in refs}


def _link(
    request: Any, ref: RecordRef, kind: RecordKind | None, titles: Mapping[RecordRef, str], allowed: bool
) -> Link | None:
    if kind is None:
        return None
    label = request.translate(kind.label)
    if not allowed:
        return Link(label, None)
    link: Link | None = request.link_to(ref, title=titles[ref]) if ref in titles else None
    return link or Link(request.translate(_("{kind}, no longer there", kind=label)), None)


def titles_of(request: Any, db: Session, refs: Iterable[RecordRef]) -> dict[RecordRef, str]:
    """What records are called, as far as they are there and their module is on. One statement for each kind, and
    for kinds without `load_many` one for each record."""
    wanted: dict[str, set[str]] = {}
    for ref in refs:
        wanted.setdefault(ref.kind, set()).add(ref.public_id)
    titles = {}
    for name, public_ids in wanted.items():
        kind = request.registry.portal.seam.record_kinds.get(name)
        if kind is None or not request.tenant_config.module_on(name.partition(".")[0]):
            continue
        for public_id, record in _loaded(kind, db, public_ids).items():
            titles[RecordRef(name, public_id)] = str(request.translate(kind.title(record)))
    return titles


def _loaded(kind: RecordKind, db: Session, public_ids: Iterable[str]) -> Mapping[str, Any]:
    if kind.load_many is not None:
        return kind.load_many(db, list(public_ids))
    found = ((public_id, kind.load(db, public_id)) for public_id in sorted(public_ids))
    return {public_id: record for public_id, record in found if record is not None}
