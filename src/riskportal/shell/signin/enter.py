"""Coming in, whatever the proof was: the session, its cookie, and what others are told about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from riskportal.contracts.events import SignedIn
from riskportal.identity.models import User
from riskportal.identity.sessions import find_session, open_session, revoke
from riskportal.security import cookies
from riskportal.security.redirects import local_path

_COOKIE = {"portal": cookies.SESSION, "staff": cookies.STAFF}
_START = {"portal": "/", "staff": "/staff"}


def enter(request: Any, user: User, *, method: str, next_path: str | None, kind: str = "portal") -> Any:
    """Open a session of `kind` and lead on; the browser's earlier session and form tokens end here.

    `method` is what the person proved themselves by: link, code, password, passkey or setup.
    """
    now, portal = request.clock.now(), request.registry.portal
    _end_earlier(request, kind, now)
    _row, token = open_session(
        request.db, user, kind, now, portal.session_lifetime, request.remote_addr, request.user_agent, method
    )
    request.audit("core.signed_in", email=user.email)
    request.registry.notify(SignedIn(request.tenant.id, user.id, now))
    response = HTTPSeeOther(local_path(next_path) or _START[kind])
    max_age = int(portal.session_lifetime.absolute.total_seconds())
    cookies.put(request, response, _COOKIE[kind], token, max_age=max_age)
    if user.language:
        cookies.put_language(request, response, user.language)
    cookies.renew_browser(request)
    return response


def _end_earlier(request: Any, kind: str, now: datetime) -> None:
    token = cookies.read(request, _COOKIE[kind])
    lifetime = request.registry.portal.session_lifetime
    earlier = find_session(request.db, token, now, lifetime) if token else None
    if earlier is not None:
        revoke(request.db, earlier.user, earlier.public_id, now)
