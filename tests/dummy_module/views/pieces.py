"""What the notebook puts on other pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dummy_module import services
from riskportal.plug import Attention, Card, Panel, RecordRef, SearchHit, _, plural


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
