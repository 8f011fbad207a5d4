"""The notebook on one screen: every hook that riskportal has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import colander

from dummy_module import cli, privacy, routes
from dummy_module import importers as sections
from dummy_module import jobs as work
from dummy_module.services import load_note
from dummy_module.views import pieces
from riskportal.plug import (
    Attention,
    AuditEvent,
    Card,
    Email,
    Figure,
    Importer,
    Job,
    Module,
    NavEntry,
    Panel,
    Permission,
    PersonalData,
    RecordKind,
    RecordRef,
    SearchHit,
    Setting,
    Tab,
    Work,
    _,
    hookimpl,
)

MODULE = Module("dummy", title=_("Notebook"), version="1.0")
READ, WRITE, ANSWER, EXPORT = "dummy.note.read", "dummy.note.write", "dummy.note.answer", "dummy.note.export"


@hookimpl
def includeme(config: Any) -> None:
    routes.includeme(config)


@hookimpl
def nav_entries() -> Iterable[NavEntry]:
    yield NavEntry("dummy.notes", "portal", _("Notes"), "dummy.notes", READ, "file", badge=pieces.unanswered)
    yield NavEntry("dummy.desk", "staff", _("Notes of customers"), "dummy.desk", ANSWER, "file")


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission(READ, _("Read notes"), "portal", ("owner", "billing", "technical"))
    yield Permission(WRITE, _("Write notes"), "portal", ("owner",))
    yield Permission(ANSWER, _("Answer notes"), "staff", ("owner", "support"))
    yield Permission(EXPORT, _("Read notes by program"), "api", ())


@hookimpl
def settings_schema() -> Iterable[Setting]:
    node = colander.SchemaNode(colander.String(), validator=colander.Length(max=80))
    yield Setting("dummy.motto", node, "Write it down.", _("Motto over the notes"))


@hookimpl
def jobs() -> Iterable[Job]:
    yield Job("dummy.tell_staff", work.tell_staff)
    yield Job("dummy.tidy", work.tidy, every=timedelta(hours=1))


@hookimpl
def emails() -> Iterable[Email]:
    yield Email(
        "dummy.noted",
        _("New note"),
        "dummy_module:templates/email/noted",
        placeholders=("customer", "text"),
        sample={"customer": "Northwind Atelier", "text": "Please call us."},
        category="requests",
    )


@hookimpl
def audit_events() -> Iterable[AuditEvent]:
    yield AuditEvent("dummy.note_written", _("Note written"), _("{author} wrote a note"))


@hookimpl
def record_kinds() -> Iterable[RecordKind]:
    yield RecordKind("dummy.note", _("Note"), "dummy.note", READ, load_note, lambda note: note.text)


@hookimpl
def importers() -> Iterable[Importer]:
    return sections.IMPORTERS


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData(
        "dummy.notes", _("Notes"), privacy.export, privacy.erase, _("Notes are kept until you ask us to delete them.")
    )


@hookimpl
def commands(subparsers: Any) -> None:
    cli.add_commands(subparsers)


@hookimpl
def dashboard_cards(request: Any) -> Iterable[Card]:
    return pieces.cards(request)


@hookimpl
def attention(request: Any) -> Iterable[Attention]:
    return pieces.attention(request)


@hookimpl
def search(request: Any, query: str, limit: int) -> Iterable[SearchHit]:
    return pieces.search(request, query, limit)


@hookimpl
def record_panels(request: Any, ref: RecordRef) -> Iterable[Panel]:
    return pieces.record_panels(request, ref)


@hookimpl
def account_figures(request: Any) -> Iterable[Figure]:
    return pieces.figures(request)


@hookimpl
def staff_work(request: Any) -> Iterable[Work]:
    return pieces.work(request)


@hookimpl
def staff_search(request: Any, query: str, limit: int) -> Iterable[SearchHit]:
    return pieces.staff_search(request, query, limit)


@hookimpl
def staff_tabs(request: Any, ref: RecordRef) -> Iterable[Tab]:
    return pieces.tabs(request, ref)
