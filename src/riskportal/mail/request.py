"""`request.send_mail(name, to, language=None, attachments=(), **context)`: a mail that leaves when the request
commits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from riskportal.jobs.wake import ring_after_commit
from riskportal.mail.attachments import Attachment
from riskportal.mail.categories import ALWAYS
from riskportal.mail.models import OutgoingMail
from riskportal.mail.services import Mailer

# The Mailer; the assembly puts it into the registry.
REGISTRY_KEY = "riskportal.mailer"


def includeme(config: Any) -> None:
    """Add the request method `send_mail`."""
    config.add_request_method(send_mail, "send_mail")


def send_mail(
    request: Any,
    name: str,
    to: str,
    language: str | None = None,
    *,
    attachments: Sequence[Attachment] = (),
    bill_group_id: int | None = None,
    **context: Any,
) -> OutgoingMail:
    """Store a mail of a declared kind and enqueue its delivery; see `Mailer.compose`.

    In the portal it belongs to the page's bill group, whose people can read it there; a staff page that writes
    to one gives its `bill_group_id`. Mails of the category security are somebody's own and belong to none.
    """
    mailer: Mailer = request.registry[REGISTRY_KEY]
    bill_group = getattr(request, "bill_group", None)
    group = bill_group.id if bill_group is not None else bill_group_id
    own_session = mailer.category_of(name) == ALWAYS and bill_group is not None

    def compose(db: Session) -> OutgoingMail:
        return mailer.compose(
            db,
            request.tenant,
            name,
            to=to,
            values=context,
            language=language,
            bill_group_id=group,
            attachments=attachments,
        )

    if not own_session:
        return compose(request.db)
    with request.tenants_own_session() as db:
        mail = compose(db)
    ring_after_commit(request.db)
    return mail
