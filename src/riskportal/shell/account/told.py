"""Whoever changes something about a login leaves an audit entry, and the login's owner gets a mail that says so."""

from __future__ import annotations

from typing import Any

from riskportal.identity.models import User
from riskportal.plug import Message
from riskportal.security.cookies import in_console
from riskportal.shell.account.areas import account_path
from riskportal.shell.account.devices import device_name
from riskportal.web.format import Format
from riskportal.web.locale import zone_for
from riskportal.web.zones import label

CHANGED = "core.security_changed"


def tell_of_change(request: Any, code: str, what: Message, **data: Any) -> None:
    """Audit `code` and mail `what` to the signed-in user.

    `what` is a whole sentence for the mail ("A passkey was added: Laptop"); `data` are the values of the
    entry's sentence besides `email`, which is the user's address.
    """
    user = request.user
    request.audit(code, email=user.email, **data)
    send_change(request, user, what)


def send_change(request: Any, user: User, what: Message, to: str | None = None) -> None:
    """Mail `what` to a user, at `to` instead of their address if given (an address that they just gave up)."""
    request.send_mail(
        CHANGED,
        to=to or user.email,
        language=language_of(request, user),
        what=what,
        when=when(request, user),
        device=device_name(request.user_agent),
        network=request.remote_addr or "–",
        link=request.tenant.base_url + _security_page(request),
    )


def send_change_by_staff(request: Any, user: User, what: Message) -> None:
    """Mail `what` to a user whose login one of the staff has changed; from where is nothing of the user's."""
    request.send_mail(
        CHANGED,
        to=user.email,
        language=language_of(request, user),
        what=what,
        when=when(request, user),
        device="",
        network="",
        link=f"{request.tenant.base_url}/",
    )


def _security_page(request: Any) -> str:
    """The user's page of ways to sign in; outside a bill group the way there begins at the front door."""
    if in_console(request) or "bill_group" in (request.matchdict or {}):
        return account_path(request, "security")
    return "/"


def language_of(request: Any, user: User) -> str:
    """The language of a mail to a user: their choice, else that of the page on which it came about."""
    return str(user.language or request.locale_name)


def when(request: Any, user: User) -> str:
    """The present instant as the user would write it, in their time zone and with its name."""
    now, zone, language = request.clock.now(), zone_for(request, user), language_of(request, user)
    return f"{Format(language, zone, request.today).datetime(now)}, {label(zone, language, now)}"
