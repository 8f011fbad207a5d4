"""The section of mails that another system has sent: customers find them among their e-mails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from riskportal.db.mixins import new_public_id
from riskportal.mail.addresses import ascii_domain
from riskportal.mail.filler import written
from riskportal.mail.models import FAILED, SENT, OutgoingMail
from riskportal.mail.rendering import MailRenderer, MailTexts, one_line
from riskportal.plug.declarations import Importer
from riskportal.portfolio.base import LoadContext, ProofRow, Record, Tally
from riskportal.portfolio.fields import Email, Instant, Pattern, RecordSchema, Ref, Text, optional, required
from riskportal.portfolio.parts import Language

SECTION = "mails"
_FROZEN = "a mail that was sent can't be changed; give another one a ref of its own"
_RENDERER = MailRenderer(MailTexts())


class MailSchema(RecordSchema):
    """A mail that was sent to a bill group, as text. Nothing is sent by loading it."""

    bill_group = required(Ref("bill_groups"))
    to = required(Email())
    subject = required(Text(300))
    text = required(Text(100_000), description="plain text; a blank line starts a paragraph")
    sent_at = required(Instant())
    kind = optional(
        Pattern(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", 'a mail kind such as "billing.invoice"'),
        "core.other",
        description="the mail kind, by which the list of e-mails is filtered",
    )
    language = optional(Language())
    failure = optional(Text(500), description="why it could not be delivered; left out when it was sent")


def _mail(ctx: LoadContext, data: Mapping[str, Any]) -> dict[str, Any]:
    tenant = ctx.tenant
    language = data["language"] or (tenant.languages[0] if tenant.languages else "en")
    parts = _RENDERER.framed(tenant, language, one_line(data["subject"]), written(data["text"]))
    public_id = new_public_id()
    return {
        "public_id": public_id,
        "bill_group_id": ctx.id_of("bill_groups", data["bill_group"]),
        "kind": data["kind"],
        "to_address": data["to"],
        "language": language,
        "sender_name": tenant.sender_name,
        "sender_address": tenant.sender_address,
        "message_id": f"<{public_id}@{ascii_domain(tenant.sender_address)}>",
        "subject": parts.subject,
        "text": parts.text,
        "html": parts.html,
        "state": FAILED if data["failure"] else SENT,
        "failure": data["failure"],
        "sent_at": None if data["failure"] else data["sent_at"],
        "created_at": data["sent_at"],
    }


def _load(ctx: LoadContext, records: Sequence[Record]) -> Tally:
    return ctx.write_all(SECTION, records, OutgoingMail, _mail, frozen=_FROZEN)


def _proof(ctx: LoadContext, records: Sequence[Record]) -> Iterable[ProofRow]:
    yield ctx.count(SECTION, records, OutgoingMail)


MAILS_IMPORTER = Importer(
    SECTION,
    MailSchema,
    load=_load,
    proof=_proof,
    after=("bill_groups",),
    example={
        "ref": "mail-2026-117",
        "bill_group": "northwind-main",
        "to": "books@northwind.example",
        "subject": "Your invoice 2026-0042",
        "text": "Hello Ida,\n\nyour invoice over EUR 360.00 is ready.",
        "sent_at": "2026-05-12T08:00:00+02:00",
        "kind": "billing.invoice",
    },
)
