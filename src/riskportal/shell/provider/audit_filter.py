"""What somebody looks for in the audit log: `?who=&code=&account=&about=&since=&until=`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from riskportal.audit.models import AuditEntry
from riskportal.contracts.records import RecordRef
from riskportal.customers.lists import find_bill_groups, find_customers
from riskportal.customers.models import BillGroup
from riskportal.identity.directory import find_users
from riskportal.identity.models import ApiToken
from riskportal.plug import Message, _
from riskportal.shell.provider.history import about, one_of
from riskportal.web.visible import visible

NAMES = ("who", "code", "account", "about", "since", "until")
LONGEST = 200
# More people or customers than this under one word are too many to mean any of them.
MOST_FOUND = 100
PEOPLE = ("user", "staff")
# What commands write as their name begins with this.
COMMANDS = "riskportal"


@dataclass(frozen=True)
class Asked:
    """The filter as it was asked for. `values` are the given texts; `problems` by name what can't be used."""

    values: Mapping[str, str]
    since: date | None
    until: date | None
    ref: RecordRef | None
    problems: dict[str, Message] = field(default_factory=dict)

    @property
    def narrow(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.values)

    def text(self) -> str:
        """The filter on one line, for the entry of an export."""
        return visible(", ".join(f"{name}: {value}" for name, value in self.values.items()))


def asked(request: Any) -> Asked:
    """What the address asks for; parts that can't be used are named and otherwise passed over."""
    given = {name: " ".join(request.GET.get(name, "").split())[:LONGEST] for name in NAMES}
    values = {name: text for name, text in given.items() if text}
    problems: dict[str, Message] = {}
    since, until = (_day(values, name, problems) for name in ("since", "until"))
    if since and until and until < since:
        problems["until"] = _("Choose the first day or a later one.")
    kind, _colon, public_id = values.get("about", "").partition(":")
    return Asked(values, since, until, RecordRef(kind, public_id) if public_id else None, problems)


def _day(values: Mapping[str, str], name: str, problems: dict[str, Message]) -> date | None:
    text = values.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems[name] = _("Choose a date.")
        return None


def bounds(filtered: Asked, zone: str) -> tuple[datetime | None, datetime | None]:
    """The days as instants: the first moment of the first, and the one after the last, in the tenant's zone."""
    since = _start(filtered.since, zone) if filtered.since is not None else None
    last = filtered.until is not None and filtered.until < date.max
    return since, _start(filtered.until + timedelta(days=1), zone) if filtered.until and last else None


def _start(day: date, zone: str) -> datetime:
    try:
        return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        return datetime.combine(day, time.min, UTC)


@dataclass(frozen=True)
class Conditions:
    """A filter as `audit.services.entries` takes it: all of `also` hold, and one of `either`."""

    also: list[ColumnElement[bool]]
    either: list[ColumnElement[bool]]


def conditions(db: Session, filtered: Asked) -> Conditions:
    """The filter's other parts; what names nobody and nothing finds nothing."""
    also: list[ColumnElement[bool]] = []
    if "code" in filtered.values:
        also.append(AuditEntry.code == filtered.values["code"])
    parts: list[list[ColumnElement[bool]]] = []
    if "about" in filtered.values:
        parts.append(about(db, filtered.ref) if filtered.ref is not None else [false()])
    if "account" in filtered.values:
        parts.append(_of_account(db, filtered.values["account"]))
    if "who" in filtered.values:
        parts.append(_by(db, filtered.values["who"]))
    # The first part, which names the least, finds its entries by an index; the others judge those.
    first, *others = parts or [[]]
    return Conditions([*also, *(or_(*part) for part in others)], first)


def _by(db: Session, text: str) -> list[ColumnElement[bool]]:
    """Of people whose address or name holds the text; if there are none, of programs and commands by their name."""
    users = [user.id for user in find_users(db, text, MOST_FOUND)]
    if users:
        return [and_(one, AuditEntry.actor_kind.in_(PEOPLE)) for one in one_of(AuditEntry.actor_id, users)]
    named = func.lower(ApiToken.name).contains(text.lower(), autoescape=True)
    keys = list(db.scalars(select(ApiToken.id).where(named).limit(MOST_FOUND)))
    if keys:
        return [and_(one, AuditEntry.actor_kind == "program") for one in one_of(AuditEntry.actor_id, keys)]
    if not text.lower().startswith(COMMANDS):
        return [false()]
    named = func.lower(AuditEntry.actor_name).contains(text.lower(), autoescape=True)
    return [and_(AuditEntry.actor_kind.not_in(PEOPLE), named)]


def _of_account(db: Session, text: str) -> list[ColumnElement[bool]]:
    """Of customers and bill groups that the text finds, as the console's search does."""
    customers = [found.row for found in find_customers(db, text, MOST_FOUND)]
    groups = [found.row.id for found in find_bill_groups(db, text, MOST_FOUND)]
    if customers:
        ids = [customer.id for customer in customers]
        groups += db.scalars(select(BillGroup.id).where(BillGroup.customer_id.in_(ids)))
    themselves = and_(
        AuditEntry.record_kind == "core.customer",
        AuditEntry.record_id.in_([customer.public_id for customer in customers]),
    )
    return [themselves, *one_of(AuditEntry.bill_group_id, sorted(set(groups)))]
