"""Our cookies: the sessions of portal and console, the browser (it binds sign-in links and forms to who
asked), the device (it tells a browser that came in before), and previews, one cookie per bill group.

Over https their names carry the `__Host-` prefix, so that no sibling domain can plant them.
"""

from __future__ import annotations

import re
from typing import Any

from riskportal.identity.tokens import new_token
from riskportal.tenancy.request import in_console

SESSION = "rp_session"
STAFF = "rp_staff"
DEVICE = "rp_device"
PREVIEW = "rp_preview-"
BROWSER = "rp_browser"
LANGUAGE = "rp_language"
YEAR = 365 * 86400
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}\Z")
# Addresses of the portal, as its routes take them; the group is the bill group's public id.
_PORTAL_PATH = re.compile(r"/g/([^/]+)(?:/|\Z)")


def _name(request: Any, name: str) -> str:
    return f"__Host-{name}" if request.brand.https else name


def session_cookie(request: Any) -> str:
    """The name of the session cookie that counts at the request's address: console and portal keep apart."""
    return STAFF if in_console(request) else SESSION


def previewed(request: Any) -> str | None:
    """The public id of the bill group that this request looks at in a preview, None when it is no preview.

    A cookie by the preview's name decides, whatever it holds: a request that carries one is never anything else.
    Both spellings count, because this is asked before the tenant, and so the scheme, is known.
    """
    portal = _PORTAL_PATH.match(request.path_info)
    if portal is None:
        return None
    name = PREVIEW + portal[1]
    return portal[1] if name in request.cookies or f"__Host-{name}" in request.cookies else None


def read(request: Any, name: str) -> str | None:
    """The cookie's value when it looks like one of our tokens, else None."""
    value = request.cookies.get(_name(request, name))
    return value if value is not None and _TOKEN.match(value) else None


def put(request: Any, response: Any, name: str, value: str, max_age: int | None = None) -> None:
    """Set a cookie: HttpOnly, SameSite=Lax, whole site, Secure over https."""
    response.set_cookie(
        _name(request, name),
        value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=request.brand.https,
    )


def drop(request: Any, response: Any, name: str) -> None:
    """Delete a cookie; browsers ask for the same attributes as when it was set."""
    put(request, response, name, "", max_age=0)


def drop_preview(request: Any, response: Any, public_id: str) -> None:
    """Delete a bill group's preview cookie, in every spelling that the browser sent."""
    for name in (PREVIEW + public_id, f"__Host-{PREVIEW}{public_id}"):
        if name in request.cookies:
            response.set_cookie(
                name, "", max_age=0, path="/", httponly=True, samesite="Lax", secure=request.brand.https
            )


def browser_token(request: Any) -> str:
    """The browser's token; a browser without one gets it with this response."""
    known = request.environ.get("riskportal.browser") or read(request, BROWSER)
    if known is None:
        known = new_token()
        request.add_response_callback(lambda req, response: put(req, response, BROWSER, known))
    request.environ["riskportal.browser"] = known
    return known


def renew_browser(request: Any) -> None:
    """Give the browser another token (at sign-in and sign-out), so that nothing from before still fits."""
    fresh = new_token()
    request.environ["riskportal.browser"] = fresh
    request.add_response_callback(lambda req, response: put(req, response, BROWSER, fresh))


def put_language(request: Any, response: Any, language: str) -> None:
    """Remember a language for pages that come before the user is known: sign-in, errors."""
    response.set_cookie(
        LANGUAGE, language, max_age=YEAR, path="/", httponly=True, samesite="Lax", secure=request.brand.https
    )
