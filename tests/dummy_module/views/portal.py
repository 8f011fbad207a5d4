"""Pages of the portal."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from dummy_module import services
from dummy_module.forms import NoteSchema
from riskportal.contracts.subscriptions import ISubscriptions
from riskportal.forms.form import create_form, submit
from riskportal.plug import RecordRef


def notes_page(context: Any, request: Any) -> dict[str, Any]:
    """All notes of the bill group."""
    return {
        "notes": services.notes(request.db),
        "motto": request.tenant_config.setting("dummy.motto"),
        # Another module's contract, known by its protocol alone: None where that module is off.
        "services_known": request.contract(ISubscriptions) is not None,
    }


def note_page(context: Any, request: Any) -> dict[str, Any]:
    """One note, with what other modules have to say about it."""
    ref = RecordRef("dummy.note", context.record.public_id)
    return {"note": context.record, "panels": request.record_panels(ref)}


def write_get(context: Any, request: Any) -> dict[str, Any]:
    """The empty form."""
    return {"form": create_form(request, NoteSchema)}


def write_post(context: Any, request: Any) -> Any:
    """Take a note: row, audit entry and job belong to one transaction."""

    def accept(values: dict[str, str]) -> Any:
        note = services.write(request.db, request.user.email, values["text"])
        ref = RecordRef("dummy.note", note.public_id)
        request.audit("dummy.note_written", record=ref, author=request.user.email)
        request.enqueue("dummy.tell_staff", key=note.public_id, note=note.public_id)
        if values["text"].startswith("fail"):
            raise RuntimeError("the test wants this to fail")
        return HTTPSeeOther(request.route_path("dummy.notes", bill_group=context.bill_group.public_id))

    return submit(request, create_form(request, NoteSchema), accept)
