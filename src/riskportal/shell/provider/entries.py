"""Audit entries in words: who, what in the reader's language, about which record, of whose account."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from riskportal.audit.models import AuditEntry
from riskportal.contracts.records import Link, RecordRef
from riskportal.customers.models import BillGroup
from riskportal.plug import Message, _
from riskportal.shell.provider.records import RIGHTS, limits_in, links_of, record_of, titles_of
from riskportal.shell.provider.rights_words import rights_in_words
from riskportal.shell.provider.wording import AREAS, field_name
from riskportal.web.details import contact_label
from riskportal.web.roles import role_name
from riskportal.web.visible import visible

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})\Z")
# Names of Translator's own arguments; data under them can't fill a sentence.
_TAKEN = {"self", "msgid", "one", "many"}

# What values of these names are, so that they stand in words.
WORDS: dict[str, Callable[[str], Message | str]] = {
    "role": role_name,
    "former": role_name,
    "viewer": role_name,
    "area": lambda area: AREAS.get(area) or visible(area),
    "field": field_name,
    "fields": field_name,
    "contact": contact_label,
}


@dataclass(frozen=True)
class Group:
    """Whose account an entry is about: customer and bill group in words, the link when the reader may open it."""

    name: str
    customer: str
    url: str | None


@dataclass(frozen=True)
class Line:
    """An entry as a page shows it. `record` is None when the entry names none or the group says it; `more` are
    further lines, what and how it changed."""

    entry: AuditEntry
    who: str
    what: str
    kind: str
    record: Link | None
    group: Group | None
    more: list[tuple[str, str]]


def lines_of(request: Any, found: Sequence[AuditEntry]) -> list[Line]:
    """The entries in words. Costs a statement for all bill groups and one for each kind of records they name."""
    groups, links = groups_of(request, found), links_of(request, found)
    titles = limit_titles(request, request.db, found)
    return [
        Line(
            entry,
            who=who(request, entry),
            what=sentence(request, entry, titles),
            kind=kind_of(request, entry.code),
            record=links.get(ref) if (ref := record_of(entry)) is not None else None,
            group=groups.get(entry.bill_group_id or 0),
            more=_more(request, entry),
        )
        for entry in found
    ]


def who(request: Any, entry: AuditEntry) -> str:
    """Whoever acted, by name; the name of a person whose data was erased is gone."""
    name = visible(entry.actor_name)
    say = request.translate
    if entry.actor_kind == "program":
        return say(_("API key {name}", name=name))
    if entry.actor_kind in ("system", "job"):
        return name or say(_("Automatic"))
    return name or say(_("Erased person"))


def kind_of(request: Any, code: str) -> str:
    """The kind of entry in words; the bare code when its module isn't installed any more."""
    event = request.registry.portal.seam.audit_events.get(code)
    return request.translate(event.label) if event is not None else code


def sentence(request: Any, entry: AuditEntry, titles: Mapping[RecordRef, str]) -> str:
    """What happened, in the reader's language. `titles` are those of the records it names (`limit_titles`)."""
    event = request.registry.portal.seam.audit_events.get(entry.code)
    if event is None:
        return entry.code
    message = event.sentence
    if not isinstance(message, Message):
        return str(message)
    values = {key: value for key, value in _worded(request, entry.data, titles).items() if key not in _TAKEN}
    return request.translate(Message(message.msgid, values, message.plural, message.origin))


def limit_titles(request: Any, db: Session, found: Iterable[AuditEntry]) -> dict[RecordRef, str]:
    """What the records are called that entries about somebody's rights name; a statement for each kind of them."""
    return titles_of(request, db, {ref for entry in found for ref in limits_in(entry.data)})


def _worded(request: Any, data: Mapping[str, Any], titles: Mapping[RecordRef, str]) -> dict[str, Any]:
    return {
        key: rights_in_words(request, value, titles)
        if key in RIGHTS and isinstance(value, dict)
        else _word(request, key, value)
        for key, value in data.items()
    }


def _word(request: Any, key: str, value: Any) -> Any:
    """A value as the reader's language writes it; text of others with its steering characters made visible."""
    if isinstance(value, list):
        return ", ".join(request.translate(_word(request, key, item)) for item in value) or "–"
    if not isinstance(value, str):
        return "–" if value is None else value
    if key in ("given", "taken"):
        permission = request.registry.portal.seam.permissions.get(value)
        return permission.label if permission is not None else visible(value)
    if key == "filter":
        return visible(value) or _("everything")
    if key == "module":
        return _module_title(request, value)
    if key == "setting":
        setting = request.registry.portal.seam.settings.get(value)
        return setting.label if setting is not None else visible(value)
    if key in WORDS:
        return WORDS[key](value)
    return visible(_in_time(request, value))


def _in_time(request: Any, text: str) -> str:
    try:
        if _DAY.match(text):
            return str(request.fmt.date(date.fromisoformat(text)))
        if _MOMENT.match(text):
            return str(request.fmt.datetime(datetime.fromisoformat(text)))
    except (ValueError, OverflowError):
        pass
    return text


def _module_title(request: Any, name: str) -> Any:
    titles = {loaded.module.name: loaded.module.title for loaded in request.registry.portal.seam.modules}
    return titles.get(name, visible(name))


class Owned(Protocol):
    """A row that belongs to a bill group or to none: an audit entry, a mail."""

    @property
    def bill_group_id(self) -> int | None: ...


def groups_of(request: Any, found: Iterable[Owned]) -> dict[int, Group]:
    """The bill groups that rows belong to, by id, as pages show them; one statement for all."""
    return {group_id: _group(request, group) for group_id, group in owners_of(request.db, found).items()}


def owners_of(db: Session, found: Iterable[Owned]) -> dict[int, BillGroup]:
    """The bill groups that rows belong to, by id and with their customers; one statement for all."""
    ids = {entry.bill_group_id for entry in found if entry.bill_group_id is not None}
    if not ids:
        return {}
    query = select(BillGroup).where(BillGroup.id.in_(ids)).options(joinedload(BillGroup.customer))
    return {group.id: group for group in db.scalars(query)}


def _group(request: Any, group: BillGroup) -> Group:
    link = request.link_to(RecordRef("core.bill_group", group.public_id), title=group.name)
    return Group(group.name, group.customer.name, link.url if link else None)


def _more(request: Any, entry: AuditEntry) -> list[tuple[str, str]]:
    """What changed from what to what, value by value, for entries that tell (`changes`)."""
    changes = entry.data.get("changes")
    if not isinstance(changes, dict):
        return []
    return [
        (request.translate(field_name(field)), f"{_plain(pair[0])} → {_plain(pair[1])}")
        for field, pair in changes.items()
        if isinstance(pair, list) and len(pair) == 2
    ]


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "–"
    return visible(str(value)) if value not in (None, "") else "–"
