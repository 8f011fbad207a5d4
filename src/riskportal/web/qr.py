"""QR codes as pictures: dark on white in every colour scheme, because scanners want it so."""

from __future__ import annotations

import io

import segno
from pyramid.response import Response


def qr_response(text: str) -> Response:
    """A QR code as an SVG image. What it says is a secret, so no page that it leads to learns its address."""
    picture = io.BytesIO()
    segno.make(text, error="m").save(picture, kind="svg", scale=6, border=4, light="#ffffff", dark="#000000")
    response = Response(picture.getvalue(), content_type="image/svg+xml")
    # Not as an argument: WebOb would take them in the place of all headers, the type among them.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
