"""A mail's HTML in a frame of our own origin that can do nothing, and the page around it."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response

from riskportal.mail.reading import readable
from riskportal.security.headers import CSP

# The same as in the frame's own policy: links open in windows of their own, everything else is off.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"


def framed(html: str, language: str) -> Response:
    """The answer that stands in the frame. Its policy outranks the site's: see headers_tween."""
    page = readable(html, language)
    response = Response(page.html, content_type="text/html", charset="utf-8")
    response.headers["Content-Security-Policy"] = page.policy
    # For browsers that know no frame-ancestors.
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def allow_frame(request: Any) -> None:
    """This page, and no other, may show a frame of our own."""
    request.response.headers["Content-Security-Policy"] = f"{CSP}; frame-src 'self'"
