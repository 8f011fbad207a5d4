"""Addresses of the core's pages (DESIGN: stable)."""

from __future__ import annotations

from typing import Any

from riskportal.shell.permissions import VIEW


def includeme(config: Any) -> None:
    # Operations: no tenant, no database session.
    config.add_route("healthz", "/healthz")
    config.add_route("readyz", "/readyz")

    config.add_public_route("core.start", "/")
    config.add_public_route("core.language", "/language")
    config.add_public_route("core.brand_css", "/brand.css")
    config.add_public_route("core.logo", "/brand/logo")
    config.add_public_route("core.favicon", "/brand/icon.svg")
    settings = config.registry.portal.settings
    if not settings.production:
        config.add_public_route("core.styleguide", "/styleguide")

    config.add_portal_route("core.home", "/", permission=VIEW)
    config.add_portal_route("core.search", "/search", permission=VIEW)
