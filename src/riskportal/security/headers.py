"""Headers on every response, and a request id that error pages and logs share.

The content security policy starts from nothing; no page of ours needs more than this.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
# Hosts that browsers trust without https (W3C Secure Contexts 3.1): they say there where a form comes from.
_THIS_MACHINE = re.compile(r"((.+\.)?localhost|127(\.\d+){3}|\[::1\])(:\d+)?")
HSTS = "max-age=63072000; includeSubDomains"


def includeme(config: Any) -> None:
    config.add_request_method(lambda request: secrets.token_hex(8), "request_id", reify=True)
    # Over the transaction as well: a commit that fails must end in a designed page too.
    config.add_tween(
        "riskportal.security.headers.headers_tween",
        over=("pyramid_tm.tm_tween_factory", "pyramid.tweens.excview_tween_factory"),
    )


def hide_address(request: Any) -> None:
    """Let nobody learn this page's address from what it loads or sends: a secret is part of it.

    Over plain http to another machine browsers send no Sec-Fetch-Site, and from a page without referrer not even
    an Origin. Its form could not show that it is ours (security.csrf), so there the page tells its host's name.
    """
    trusted = request.scheme == "https" or _THIS_MACHINE.fullmatch(request.host)
    request.response.headers["Referrer-Policy"] = "no-referrer" if trusted else "strict-origin"


def headers_tween(handler: Callable[[Any], Any], registry: Any) -> Callable[[Any], Any]:
    def tween(request: Any) -> Any:
        try:
            response = handler(request)
        except Exception:
            # From the commit, which stands over the exception views; without one this raises the error again.
            response = request.invoke_exception_view(reraise=True)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.scheme == "https":
            response.headers.setdefault("Strict-Transport-Security", HSTS)
        # Pages are personal: no shared cache may keep them, no back button may show them after sign-out.
        if response.headers.setdefault("Cache-Control", "private, no-store").startswith("private"):
            response.vary = (*(response.vary or ()), "Cookie")
        response.headers["X-Request-Id"] = request.request_id
        # A word from a view to the transaction, nobody else's concern.
        response.headers.pop("X-Tm", None)
        return response

    return tween
