"""Coming in, whatever the proof was: the second step, the session and its cookies, and who is told about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from riskportal.audit.services import Actor, record
from riskportal.contracts.events import SignedIn
from riskportal.identity import devices, second_step, totp
from riskportal.identity.arrivals import note_arrival
from riskportal.identity.models import User
from riskportal.identity.sessions import find_session, open_session, revoke
from riskportal.identity.tokens import new_token
from riskportal.security import cookies
from riskportal.security.redirects import local_path
from riskportal.shell.account.devices import device_name
from riskportal.shell.account.told import language_of, when

_COOKIE = {"portal": cookies.SESSION, "staff": cookies.STAFF}
_START = {"portal": "/", "staff": "/staff"}
_SECOND = {"portal": "core.second", "staff": "core.staff_second"}
# Proofs that an authenticator app has to complete, when the user has one. A passkey is two factors by itself.
HALF = ("link", "code", "password")


def enter(request: Any, user: User, *, method: str, next_path: str | None, kind: str = "portal") -> Any:
    """Open a session of `kind` and lead on, by way of the second step for somebody with an authenticator app, and for
    everybody who comes to the console by half of what it takes.

    `method` is what the person proved themselves by: link, code, password, passkey or setup.
    """
    if method in HALF and (kind == "staff" or totp.is_on(request.db, user)):
        browser, target = cookies.browser_token(request), local_path(next_path)
        second_step.begin(request.db, user, kind, method, browser, target, request.clock.now())
        return HTTPSeeOther(request.route_path(_SECOND[kind]))
    return arrive(request, user, method=method, next_path=next_path, kind=kind)


def arrive(request: Any, user: User, *, method: str, next_path: str | None, kind: str) -> Any:
    """Open a session for somebody whose every step is done, and lead on."""
    open_for(request, user, method=method, kind=kind)
    return HTTPSeeOther(local_path(next_path) or _START[kind])


def open_for(request: Any, user: User, *, method: str, kind: str) -> None:
    """Open a session; its cookies go with the response. The browser's earlier session and form tokens end here."""
    now, portal = request.clock.now(), request.registry.portal
    _end_earlier(request, kind, now)
    lifetime = portal.session_lifetime
    _row, token = open_session(request.db, user, kind, now, lifetime, request.remote_addr, request.user_agent, method)
    note(request, "core.signed_in", user, kind, email=user.email)
    if kind == "portal":
        note_arrival(request.db, user, now)
        request.registry.notify(SignedIn(request.tenant.id, user.id, now))
    device = cookies.read(request, cookies.DEVICE) or new_token()
    if devices.greet(request.db, user, device, now):
        _tell_about_device(request, user, kind)
    max_age = int(lifetime.absolute.total_seconds())

    def put(request: Any, response: Any) -> None:
        cookies.put(request, response, _COOKIE[kind], token, max_age=max_age)
        cookies.put(request, response, cookies.DEVICE, device, max_age=cookies.YEAR)
        if language:
            cookies.put_language(request, response, language)

    # Read now: callbacks run after the transaction.
    language = user.language
    request.add_response_callback(put)
    cookies.renew_browser(request)


def note(request: Any, code: str, user: User, kind: str, **data: Any) -> None:
    """An audit entry about somebody who isn't signed in yet, under their name."""
    record(
        request.db,
        code,
        actor=Actor("staff" if kind == "staff" else "user", user.id, user.name or user.email),
        data=data,
        ip=request.remote_addr,
        request_id=request.request_id,
    )


def _tell_about_device(request: Any, user: User, kind: str) -> None:
    """A mail to the user: somebody came in from a browser that they haven't used before."""
    request.send_mail(
        "core.new_device",
        to=user.email,
        language=language_of(request, user),
        device=device_name(request.user_agent),
        address=request.remote_addr or "–",
        at=when(request, user),
        link=f"{request.tenant.base_url}{_START[kind]}",
    )


def _end_earlier(request: Any, kind: str, now: datetime) -> None:
    token = cookies.read(request, _COOKIE[kind])
    lifetime = request.registry.portal.session_lifetime
    earlier = find_session(request.db, token, now, lifetime) if token else None
    if earlier is not None:
        revoke(request.db, earlier.user, earlier.public_id, now)
