"""Mails to the owners of a bill group about what somebody has changed there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from riskportal.customers.models import BillGroup
from riskportal.identity.people import recipients
from riskportal.mail.request import REGISTRY_KEY as MAILER
from riskportal.mail.services import Mailer
from riskportal.plug import Message, _
from riskportal.security.cookies import in_console
from riskportal.tenancy.models import Tenant


def tell_owners(
    request: Any,
    bill_group: BillGroup,
    mail: str,
    what: Message,
    *,
    page: str,
    category: str = "account",
    besides: str | None = None,
    more: Callable[[str], dict[str, Any]] = lambda _language: {},
) -> None:
    """Write to the owners who want mails of the category, each in their language, except to `besides`, whom it is
    about. A portal that isn't open yet concerns nobody.

    `what` has happened, and the route `page` shows it; `more` gives further values of the mail in a language.
    """
    link = request.tenant.base_url + request.route_path(page, bill_group=bill_group.public_id)
    values = {"account": bill_group.company, "what": what, "who": _who(request), "link": link}
    write_to_owners(
        request.db,
        request.registry[MAILER],
        request.tenant,
        bill_group,
        mail,
        lambda language: {**values, **more(language)},
        category=category,
        besides=besides,
        now=request.clock.now(),
    )


def write_to_owners(
    db: Session,
    mailer: Mailer,
    tenant: Tenant,
    bill_group: BillGroup,
    mail: str,
    values: Callable[[str], dict[str, Any]],
    *,
    category: str,
    besides: str | None,
    now: datetime,
) -> None:
    """What `tell_owners` does, also without a request; `values` gives those of the mail in a language."""
    if not bill_group.portal_enabled:
        return
    for owner in recipients(db, bill_group, category=category, now=now):
        if owner.email != besides:
            mailer.compose(
                db,
                tenant,
                mail,
                to=owner.email,
                language=owner.language,
                bill_group_id=bill_group.id,
                values=values(owner.language),
            )


def _who(request: Any) -> Message | str:
    """Who did it, so that an owner can ask them."""
    user = request.user
    if user is None:
        return _("A program of {provider}", provider=request.tenant.name)
    if in_console(request):
        return _("{name} of {provider}", name=user.name or user.email, provider=request.tenant.name)
    return f"{user.name} ({user.email})" if user.name else str(user.email)
