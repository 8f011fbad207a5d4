"""CSRF tokens derived from the session or browser cookie: nothing to store, renewed with the cookie.

A request that changes something must come from our own pages (Sec-Fetch-Site, else Origin) and
carry the token. The JSON API is exempt: it never reads cookies.
"""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlsplit

from pyramid.httpexceptions import HTTPForbidden
from pyramid.interfaces import ICSRFStoragePolicy
from zope.interface import implementer

from riskportal.identity.tokens import keyed_hash
from riskportal.security import cookies


class CrossSite(HTTPForbidden):
    """A form was sent from another site."""


@implementer(ICSRFStoragePolicy)
class DerivedCSRF:
    """Pyramid's storage policy, without storage."""

    def get_csrf_token(self, request: Any) -> str:
        return _token(request, cookies.session_cookie(request))

    def new_csrf_token(self, request: Any) -> str:
        return self.get_csrf_token(request)

    def check_csrf_token(self, request: Any, supplied: str) -> bool:
        # An uploaded file in the field's place is no text.
        if not isinstance(supplied, str):
            return False
        return any(hmac.compare_digest(token.encode(), supplied.encode()) for token in _tokens(request))


def _tokens(request: Any) -> list[str]:
    """The tokens of this browser. A page of the console may send a form to an address outside it (the language),
    where the console's session doesn't count; its token is as secret there."""
    secret = request.registry.portal.secret
    known = (cookies.read(request, name) for name in (cookies.SESSION, cookies.STAFF))
    anchors = [anchor for anchor in known if anchor is not None]
    return [keyed_hash(secret, "csrf", anchor) for anchor in (*anchors, cookies.browser_token(request))]


def console_token(request: Any) -> str:
    """The token that the console takes, for the one form that leads there from the portal: "End preview"."""
    return _token(request, cookies.STAFF)


def _token(request: Any, session: str) -> str:
    anchor = cookies.read(request, session) or cookies.browser_token(request)
    return keyed_hash(request.registry.portal.secret, "csrf", anchor)


def needs_token(request: Any) -> bool:
    """Whether this request is checked; raises CrossSite when it comes from another site."""
    if request.path_info.startswith("/api/"):
        return False
    if not from_here(request):
        raise CrossSite()
    return True


def from_here(request: Any) -> bool:
    """Whether browser headers say that the request comes from our own page (or say nothing)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None or origin == "null":
        return origin is None
    try:
        return urlsplit(origin).netloc.lower() == request.host.lower()
    except ValueError:
        return False
