"""`/styleguide`, in development only: every component in every state."""

from __future__ import annotations

from typing import Any

from riskportal.web.styleguide import styleguide_context


def styleguide(request: Any) -> dict[str, Any]:
    """The components with sample data."""
    return styleguide_context(request.today)


def includeme(config: Any) -> None:
    if not config.registry.portal.settings.production:
        config.add_view(styleguide, route_name="core.styleguide", renderer="riskportal:templates/styleguide.jinja2")
