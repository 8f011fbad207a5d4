"""Somebody's rights as audit entries keep them (shell.access.told), in the reader's language and the tenant's zone.

    {"role": "viewer", "permissions": [], "limited_to": [["acme.site", "7f3k"]], "until": "2027-12-31T23:00:00Z"}
    -> Viewer, only Site “Shop”, until 31 December 2027

Entries that were written before this shape hold a text of their own, which the log shows as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from riskportal.contracts.records import RecordRef
from riskportal.plug import _
from riskportal.shell.access.words import last_day
from riskportal.web.roles import role_name
from riskportal.web.visible import visible


def rights_in_words(request: Any, rights: Mapping[str, Any], titles: Mapping[RecordRef, str]) -> str:
    """Role or permissions, the records they are limited to, and the last day on which they hold."""
    say = request.translate
    words = say(role_name(rights["role"])) if rights.get("role") else _permissions(request, rights)
    limits = rights.get("limited_to")
    if limits is not None:
        listed = ", ".join(_record(request, RecordRef(*pair), titles) for pair in limits)
        words = say(_("{rights}, only {records}", rights=words, records=listed or "–"))
    day = _last_day(request, rights.get("until"))
    return str(say(_("{rights}, until {date}", rights=words, date=day)) if day else words)


def _permissions(request: Any, rights: Mapping[str, Any]) -> str:
    declared = request.registry.portal.seam.permissions
    names = rights.get("permissions") or ()
    labels = [request.translate(declared[name].label) if name in declared else visible(name) for name in names]
    return ", ".join(labels) or "–"


def _record(request: Any, ref: RecordRef, titles: Mapping[RecordRef, str]) -> str:
    """A record by kind and title; by its id when it isn't there any more, which still tells it from others."""
    kind = request.registry.portal.seam.record_kinds.get(ref.kind)
    title = visible(titles.get(ref, ref.public_id))
    if kind is None:
        return title
    return str(request.translate(_("{kind} “{title}”", kind=kind.label, title=title)))


def _last_day(request: Any, until: Any) -> str | None:
    if not isinstance(until, str):
        return None
    try:
        day = last_day(datetime.fromisoformat(until), request.tenant.time_zone)
        return str(request.fmt.date(day))
    except (ValueError, OverflowError):
        return visible(until)
