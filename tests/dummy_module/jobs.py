"""Background work."""

from __future__ import annotations

from typing import Any

from dummy_module import services
from riskportal.mail.declarations import MAILER


def tell_staff(ctx: Any, note: str) -> None:
    """Mail a new note to the tenant."""
    found = services.load_note(ctx.db, note)
    tenant = ctx.tenant
    ctx.services[MAILER].compose(
        ctx.db,
        tenant,
        "dummy.noted",
        to=tenant.sender_address,
        values={"customer": found.author, "text": found.text},
        language="de",
        bill_group_id=ctx.bill_group_id,
    )


def tidy(ctx: Any) -> None:
    """Answer old questions by themselves; runs every hour for each tenant."""
    for note in services.notes(ctx.db):
        if note.text == "tidy me":
            services.answer(ctx.db, note, "tidied")
