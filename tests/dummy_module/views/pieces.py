"""What the notebook puts on other pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dummy_module import services
from riskportal.plug import Attention, Card, Figure, Panel, RecordRef, SearchHit, Tab, Work, _, plural


def unanswered(request: Any) -> int | None:
    """The badge of the navigation."""
    return services.unanswered(request.db) or None


def cards(request: Any) -> Iterable[Card]:
    """How many notes there are. The note "broken" makes it fail, for the test of that."""
    found = services.notes(request.db)
    if any(note.text == "broken card" for note in found):
        raise RuntimeError("the test wants this to fail")
    context = {"text": plural("{n} note", "{n} notes", len(found)), "boom": "broken template"}
    if any(note.text == "broken template" for note in found):
        del context["text"]
    yield Card("dummy.count", "motion", "dummy_module:templates/card.jinja2", context, title=_("Notebook"))


def attention(request: Any) -> Iterable[Attention]:
    """Answers that wait to be read."""
    for note in services.notes(request.db):
        if note.answer:
            yield Attention(
                id=f"dummy.answer.{note.public_id}",
                title=_("Your note was answered"),
                why=note.answer,
                action_label=_("Read"),
                action_url=request.link_to(RecordRef("dummy.note", note.public_id)).url,
            )


def search(request: Any, query: str, limit: int) -> Iterable[SearchHit]:
    """Notes by their text."""
    for note in services.find(request.db, query, limit):
        url = request.link_to(RecordRef("dummy.note", note.public_id), title=note.text).url
        yield SearchHit("dummy.note", note.text, note.author, url)


def record_panels(request: Any, ref: RecordRef) -> Iterable[Panel]:
    """Notes about a record of any module; on its own pages how long the note is."""
    if ref.kind == "dummy.note":
        note = services.load_note(request.db, ref.public_id)
        context = {"text": plural("{n} letter", "{n} letters", len(note.text))}
        yield Panel("dummy.length", _("Length"), "dummy_module:templates/panel.jinja2", context)
        return
    for note in services.about(request.db, ref):
        yield Panel("dummy.about", _("Note"), "dummy_module:templates/panel.jinja2", {"text": note.text})


def figures(request: Any) -> Iterable[Figure]:
    """How many notes the bill group has. The note "broken figure" makes it fail, for the test of that."""
    if not request.allows("dummy.note.read"):
        return
    if services.find(request.db, "broken figure", 1):
        raise RuntimeError("the test wants this to fail")
    url = request.route_path("dummy.notes", bill_group=request.bill_group.public_id)
    yield Figure("dummy.notes", _("Notes"), services.Notes(request.db).count(), url)


def work(request: Any) -> Iterable[Work]:
    """Notes of the whole tenant that nobody has answered."""
    count = services.unanswered(request.db) if request.allows("dummy.note.answer") else 0
    if services.find(request.db, "broken work", 1):
        raise RuntimeError("the test wants this to fail")
    if count:
        title = plural("{n} note waits for an answer", "{n} notes wait for an answer", count)
        yield Work("dummy.unanswered", title, _("Customers wrote them."), request.route_path("dummy.desk"), count)


def staff_search(request: Any, query: str, limit: int) -> Iterable[SearchHit]:
    """Notes of the whole tenant by their text."""
    if request.allows("dummy.note.answer"):
        for note in services.find(request.db, query, limit):
            yield SearchHit("dummy.note", note.text, note.author, request.route_path("dummy.desk"))


def tabs(request: Any, ref: RecordRef) -> Iterable[Tab]:
    """The notes of a bill group; "broken tab" among them fails when it is opened."""
    if ref.kind != "core.bill_group" or not request.allows("dummy.note.answer"):
        return
    found = services.of_bill_group(request.db, ref.public_id)

    def load() -> dict[str, Any]:
        if any(note.text == "broken tab" for note in found):
            raise RuntimeError("the test wants this to fail")
        return {"text": ", ".join(note.text for note in found)}

    yield Tab("dummy.notes", _("Notes of customers"), "dummy_module:templates/panel.jinja2", load, count=len(found))
