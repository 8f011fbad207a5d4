"""`request.send_mail(name, to, language=None, **context)`: a mail that leaves when the request commits."""

from __future__ import annotations

from typing import Any

from riskportal.mail.models import OutgoingMail
from riskportal.mail.services import Mailer

# The Mailer; the assembly puts it into the registry.
REGISTRY_KEY = "riskportal.mailer"


def includeme(config: Any) -> None:
    """Add the request method `send_mail`."""
    config.add_request_method(send_mail, "send_mail")


def send_mail(request: Any, name: str, to: str, language: str | None = None, **context: Any) -> OutgoingMail:
    """Store a mail of a declared kind and enqueue its delivery; see `Mailer.compose`."""
    mailer: Mailer = request.registry[REGISTRY_KEY]
    bill_group = getattr(request, "bill_group", None)
    return mailer.compose(
        request.db,
        request.tenant,
        name,
        to=to,
        values=context,
        language=language,
        bill_group_id=bill_group.id if bill_group is not None else None,
    )
