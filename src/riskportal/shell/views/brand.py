"""The tenant's colours, logo and icon, and the health checks."""

from __future__ import annotations

from typing import Any

from markupsafe import escape
from pyramid.httpexceptions import HTTPNotFound
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

# The addresses carry the version, so what they answer never changes.
FOR_A_YEAR = "public, max-age=31536000, immutable"
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="7" fill="{accent}"/>'
    '<text x="16" y="22.5" text-anchor="middle" font-family="system-ui, sans-serif" font-size="19" font-weight="700" '
    'fill="{ink}">{letter}</text></svg>'
)


@view_config(route_name="core.brand_css", request_method="GET")
def brand_css(request: Any) -> Response:
    """The accent colour as custom properties; values are checked when they are saved."""
    brand = request.brand
    text = f":root {{ --accent: {brand.accent}; --accent-ink: {brand.accent_ink}; }}\n"
    return _asset(text.encode(), "text/css")


@view_config(route_name="core.logo", request_method="GET")
def logo(request: Any) -> Response:
    """The logo; an image element shows it, anything else only downloads it."""
    tenant = request.tenant
    if tenant.logo_sha256 is None or not request.blobs.exists(tenant.logo_sha256):
        raise HTTPNotFound()
    with request.blobs.open(tenant.logo_sha256) as file:
        response = _asset(file.read(), tenant.logo_media_type)
    response.content_disposition = "attachment"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@view_config(route_name="core.favicon", request_method="GET")
def favicon(request: Any) -> Response:
    """The first letter of the brand on its colour."""
    brand = request.brand
    text = ICON.format(accent=brand.accent, ink=brand.accent_ink, letter=escape(brand.name[:1].upper()))
    response = _asset(text.encode(), "image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@view_config(route_name="healthz", permission=NO_PERMISSION_REQUIRED)
def healthz(request: Any) -> Response:
    """The process answers."""
    return _plain("ok")


@view_config(route_name="readyz", permission=NO_PERMISSION_REQUIRED)
def readyz(request: Any) -> Response:
    """The database answers and is migrated; 503 otherwise."""
    portal = request.registry.portal
    try:
        portal.database.ping()
        migrated = portal.readiness.migrated()
    except Exception:
        return _plain("database unreachable", 503)
    return _plain("ready") if migrated else _plain("migrations pending", 503)


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status=status, content_type="text/plain", charset="utf-8")


def _asset(body: bytes, media_type: str) -> Response:
    response = Response(body, content_type=media_type)
    if media_type.startswith("text/"):
        response.charset = "utf-8"
    response.headers["Cache-Control"] = FOR_A_YEAR
    return response
