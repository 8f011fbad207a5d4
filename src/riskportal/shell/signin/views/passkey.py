"""Sign-in with a passkey, to portal and console: the challenge, and what the browser answers."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from riskportal.identity import passkeys
from riskportal.identity.second_step import may_enter
from riskportal.plug import _
from riskportal.security import cookies, limits
from riskportal.security.junk import posted
from riskportal.security.redirects import local_path
from riskportal.shell.account.offer import party_of
from riskportal.shell.signin.enter import enter, note

NOT_HERE = {
    "portal": _("Your passkey is right, but no account lets you in at the moment. Please ask your provider."),
    "staff": _("Your passkey is right, but you don't work here. Customers sign in elsewhere."),
}


@view_config(route_name="core.passkey_options", request_method="POST", renderer="json")
@view_config(route_name="core.staff_passkey_options", request_method="POST", renderer="json")
def options(request: Any) -> dict[str, Any]:
    """A challenge for this browser, the same for everybody: nobody has said who they are."""
    limits.check(request, "passkey.network", limits.network_of(request.remote_addr))
    browser = cookies.browser_token(request)
    return passkeys.sign_in_options(request.db, party_of(request), browser, request.clock.now())


@view_config(route_name="core.passkey", request_method="POST")
def to_portal(request: Any) -> Any:
    """The browser has signed the challenge: into the portal."""
    return _come_in(request, "portal", "core.sign_in")


@view_config(route_name="core.staff_passkey", request_method="POST")
def to_console(request: Any) -> Any:
    """The browser has signed the challenge: into the console."""
    return _come_in(request, "staff", "core.staff_sign_in")


def _come_in(request: Any, kind: str, door: str) -> Any:
    """In, or back to the door with a word; a redirect, so that the challenge stays spent."""
    limits.check(request, "passkey.network", limits.network_of(request.remote_addr))
    now, target = request.clock.now(), local_path(posted(request, "next"))
    try:
        user = passkeys.authenticate(
            request.db, posted(request, "credential"), party_of(request), cookies.browser_token(request), now
        )
    except passkeys.Refused as refused:
        tell(request, refused, kind)
        return HTTPSeeOther(request.route_path(door, _query={"next": target} if target else {}))
    if not may_enter(request.db, user, kind, now):
        request.note("bad", NOT_HERE[kind])
        return HTTPSeeOther(request.route_path(door))
    return enter(request, user, method="passkey", next_path=target, kind=kind)


def tell(request: Any, refused: passkeys.Refused, kind: str) -> None:
    """Say why a passkey was refused; a copied one is worth an audit entry."""
    if refused.reason == "copied" and refused.user is not None:
        note(request, "core.passkey_copied", refused.user, kind, email=refused.user.email)
    request.note("bad", refused.message)
