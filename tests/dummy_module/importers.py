"""The section `notes` of the portfolio file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dummy_module.models import TEXT_LENGTH, Note
from riskportal.plug import Importer
from riskportal.portfolio.base import LoadContext, ProofRow, Record, Tally
from riskportal.portfolio.fields import RecordSchema, Ref, Text, required

NOTES = "notes"


class NoteRecord(RecordSchema):
    """A note of a bill group."""

    bill_group = required(Ref("bill_groups"))
    author = required(Text(254))
    text = required(Text(TEXT_LENGTH))


def load(ctx: LoadContext, records: Sequence[Record]) -> Tally:
    """Write notes."""
    return ctx.write_all(NOTES, records, Note, _note)


def _note(ctx: LoadContext, data: Mapping[str, Any]) -> dict[str, Any]:
    group = ctx.id_of("bill_groups", data["bill_group"])
    return {"bill_group_id": group, "author": data["author"], "text": data["text"]}


def prove(ctx: LoadContext, records: Sequence[Record]) -> Iterable[ProofRow]:
    """How many notes."""
    yield ctx.count(NOTES, records, Note)


IMPORTERS = (
    Importer(
        NOTES,
        NoteRecord,
        load,
        prove,
        after=("bill_groups",),
        example={"ref": "n-1", "bill_group": "northwind", "author": "mara@northwind.example", "text": "Call us."},
    ),
)
