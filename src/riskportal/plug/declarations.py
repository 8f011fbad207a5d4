"""What a module may declare: small frozen dataclasses, each checking itself.

Imports the standard library only. Labels are lazy messages (`_()`); `Any` stands where a
value belongs to a library that this file must not import (colander nodes, sessions, requests).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from riskportal.contracts.records import RecordRef

AREAS = ("public", "portal", "staff", "api")
PORTAL_ROLES = ("owner", "billing", "technical", "viewer")
STAFF_ROLES = ("owner", "billing", "support", "read_only")
ZONES = ("lead", "facts", "cover", "active", "motion", "site")
TONES = ("good", "wait", "bad", "quiet")
# What mails are about. "security" can't be turned off.
CATEGORIES = ("security", "account", "billing", "services", "requests", "reports", "news")

# First words of the core's own addresses (and its name): a module's addresses begin with its name.
RESERVED = tuple(
    "core g staff api static brand join language styleguide healthz readyz metrics account search "
    "customers users views team settings roles audit emails confirm".split()
)

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_DOTTED = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+\Z")


class DeclarationError(ValueError):
    """A declaration breaks a rule of the seam; the message says which and what to write instead."""


def _need(condition: bool, message: str) -> None:
    if not condition:
        raise DeclarationError(message)


def _dotted(what: str, value: str) -> None:
    _need(bool(_DOTTED.match(value)), f"{what} {value!r} must look like 'module.thing' in lower case")


def _one_of(what: str, value: str, choices: tuple[str, ...]) -> None:
    _need(value in choices, f"{what} {value!r} is unknown; use one of {', '.join(choices)}")


@dataclass(frozen=True)
class Module:
    """A module's identity. `requires` names modules that must be listed before it in the ini file."""

    name: str
    title: str
    version: str
    requires: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _need(bool(_NAME.match(self.name)), f"module name {self.name!r} must be lower case letters, digits, _")
        _need(self.name not in RESERVED, f"module name {self.name!r} is taken by the core; choose another")


@dataclass(frozen=True)
class NavEntry:
    """A line of the navigation. It is current on every route whose name starts with the route's module; an entry
    of the core on its own page and those below it. `covers` adds the beginnings of further addresses.

    `badge(request)` gives a count or None; it is asked on every page, so it must be cheap.
    """

    id: str
    area: str
    label: str
    route: str
    permission: str
    icon: str
    section: str = ""
    weight: int = 50
    badge: Callable[[Any], int | None] | None = None
    covers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _dotted("nav entry", self.id)
        _one_of(f"area of nav entry {self.id}:", self.area, ("portal", "staff"))


@dataclass(frozen=True)
class Permission:
    """A permission `module.thing.verb` of one area and the roles that hold it unless a tenant edits them.

    `record_kind` names the RecordKind whose single records it can be limited to: who is limited to some
    records keeps only such permissions of their kinds, and the `personal` ones, which concern nothing but
    the reader's own login and which everybody in the area holds.
    """

    name: str
    label: str
    area: str
    default_roles: tuple[str, ...]
    record_kind: str | None = None
    personal: bool = False

    def __post_init__(self) -> None:
        _dotted("permission", self.name)
        _one_of(f"area of permission {self.name}:", self.area, ("portal", "staff", "api"))
        known = PORTAL_ROLES if self.area == "portal" else STAFF_ROLES
        for role in self.default_roles:
            _one_of(f"role of permission {self.name}:", role, known)


@dataclass(frozen=True)
class Setting:
    """A tenant's setting. `node` is a colander SchemaNode that checks a value; `default` holds when unset."""

    key: str
    node: Any
    default: Any
    label: str
    help: str = ""

    def __post_init__(self) -> None:
        _dotted("setting", self.key)


@dataclass(frozen=True)
class Job:
    """A background job `run(ctx, **payload)`: idempotent, retried up to `max_attempts` times.

    With `every` it also runs for each tenant once per interval.
    """

    name: str
    run: Callable[..., None]
    every: timedelta | None = None
    max_attempts: int = 5

    def __post_init__(self) -> None:
        _dotted("job", self.name)
        _need(self.max_attempts >= 1, f"job {self.name}: max_attempts must be at least 1")


@dataclass(frozen=True)
class Email:
    """A mail kind. `template` is an asset prefix, e.g. `riskportal:templates/email/sign_in`;
    `<prefix>.subject.jinja2`, `<prefix>.txt.jinja2` and `<prefix>.html.jinja2` must exist.

    `placeholders` are the names a caller must give, `sample` values show the mail in tests and previews.
    Values of names in `secrets` are stored encrypted until the mail has left, then erased. Readers choose
    by `category` which mails they want; those of the category "security" always come. `about` names the
    permissions, one for each area, without which nobody finds the mail among those of an account: what may not
    be read on its own page isn't read in a mail or its files either.
    """

    name: str
    label: str
    template: str
    placeholders: tuple[str, ...]
    sample: dict[str, Any] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    category: str = "security"
    about: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _dotted("e-mail", self.name)
        missing = set(self.placeholders) - set(self.sample)
        _need(not missing, f"e-mail {self.name}: sample lacks {', '.join(sorted(missing))}")
        _need(
            set(self.secrets) <= set(self.placeholders),
            f"e-mail {self.name}: secrets must be placeholders",
        )
        _one_of(f"category of e-mail {self.name}:", self.category, CATEGORIES)


@dataclass(frozen=True)
class AuditEvent:
    """A kind of audit entry. `sentence` is a lazy message whose placeholders come from the entry's data."""

    code: str
    label: str
    sentence: str

    def __post_init__(self) -> None:
        _dotted("audit event", self.code)


@dataclass(frozen=True)
class RecordKind:
    """A thing that others may point at.

    `load(db, public_id)` gives the record from the guarded session or None; `title(record)` its label;
    `route` its page, taking `public_id`; `permission` what a reader needs to follow the link.
    With `listing(db, limit)`, which gives the first records of a bill group's session, at most `limit`, somebody's
    access can be limited to single records of this kind; their models are riskportal.db.mixins.Limitable, and
    `many` is the label of several in a sentence ("services").
    `load_many(db, public_ids)` gives those that are there by public id, for pages that name many; without it
    they are loaded one by one (riskportal.db.lookup.by_public_id makes one).
    """

    kind: str
    label: str
    route: str
    permission: str
    load: Callable[[Any, str], Any]
    title: Callable[[Any], str]
    listing: Callable[[Any, int], Iterable[Any]] | None = None
    load_many: Callable[[Any, Collection[str]], Mapping[str, Any]] | None = None
    many: str = ""

    def __post_init__(self) -> None:
        _dotted("record kind", self.kind)


@dataclass(frozen=True)
class Importer:
    """One section of the portfolio file (see riskportal.portfolio).

    `schema` is a RecordSchema class for one record (riskportal.portfolio.fields). `check(data)` yields
    (path inside the record, message) for what a schema can't say, before anything is written.
    `load(ctx, records)` writes the checked records and returns a `Tally`; `proof(ctx, records)` yields
    `ProofRow`s of file against database. `after` names the sections that are loaded before this one;
    sections of modules that aren't installed are passed over.
    `check_all(ctx, records)` yields (JSON path, message) for what only shows across records or beside what
    the database holds already; `ctx` is None when the tenant itself is new.
    """

    section: str
    schema: Any
    load: Callable[..., Any]
    proof: Callable[..., Iterable[Any]]
    after: tuple[str, ...] = ()
    check: Callable[[Any], Iterable[tuple[str, str]]] | None = None
    example: dict[str, Any] = field(default_factory=dict)
    check_all: Callable[..., Iterable[tuple[str, str]]] | None = None


@dataclass(frozen=True)
class PersonalData:
    """Personal data that a module holds: `export(db, user)` yields (file name, bytes), `erase(db, user)`
    removes or redacts it, `retention` says in words what must be kept and why."""

    name: str
    label: str
    export: Callable[[Any, Any], Iterable[tuple[str, bytes]]]
    erase: Callable[[Any, Any], None]
    retention: str

    def __post_init__(self) -> None:
        _dotted("personal data", self.name)


@dataclass(frozen=True)
class Card:
    """A piece of the home page in a zone; `template` is rendered with `card` and the names of `context`."""

    id: str
    zone: str
    template: str
    context: dict[str, Any]
    title: str = ""
    weight: int = 50

    def __post_init__(self) -> None:
        _one_of(f"zone of card {self.id}:", self.zone, ZONES)


@dataclass(frozen=True)
class Attention:
    """Something that waits for this customer: what, why, until when, and the one thing to do."""

    id: str
    title: str
    why: str
    action_label: str
    action_url: str
    due: date | None = None
    due_text: str = ""
    tone: str = "wait"
    icon: str = "bell"
    weight: int = 50

    def __post_init__(self) -> None:
        _one_of(f"tone of attention {self.id}:", self.tone, TONES)


@dataclass(frozen=True)
class SearchHit:
    """A search result; a higher `score` (0 to 1) stands further up."""

    kind: str
    title: str
    subtitle: str
    url: str
    score: float = 0.5


@dataclass(frozen=True)
class Panel:
    """A panel that a module shows on another module's record page."""

    id: str
    title: str
    template: str
    context: dict[str, Any]
    weight: int = 50


@dataclass(frozen=True)
class Figure:
    """A number of the account's quick statistics ("Services 12"), shown on every page; `url` leads to its rows."""

    id: str
    label: str
    value: int
    url: str
    weight: int = 50


@dataclass(frozen=True)
class Work:
    """Something that waits for the provider's staff: what, how often, why, and where to do it.

    `count` is how many wait; `due` the earliest date among them, if there is one.
    """

    id: str
    title: str
    why: str
    url: str
    count: int = 1
    due: date | None = None
    tone: str = "wait"
    icon: str = "bell"
    weight: int = 50

    def __post_init__(self) -> None:
        _one_of(f"tone of work {self.id}:", self.tone, TONES)


@dataclass(frozen=True)
class Tab:
    """A module's tab on the staff page of a customer or bill group.

    `load()` gives the names that `template` reads and runs only for the open tab; `count` stands beside the label.
    """

    id: str
    label: str
    template: str
    load: Callable[[], dict[str, Any]]
    count: int | None = None
    weight: int = 50


__all__ = [
    "Attention",
    "AuditEvent",
    "Card",
    "DeclarationError",
    "Email",
    "Figure",
    "Importer",
    "Job",
    "Module",
    "NavEntry",
    "Panel",
    "Permission",
    "PersonalData",
    "RecordKind",
    "RecordRef",
    "SearchHit",
    "Setting",
    "Tab",
    "Work",
]
