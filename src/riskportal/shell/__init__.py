"""The core's own pages, built on the same seam as any module. Each area has a module's rooms."""

from __future__ import annotations

from typing import Any

AREAS = ("signin", "account", "console", "access", "provider", "emails")


def includeme(config: Any) -> None:
    config.include("riskportal.shell.routes")
    config.scan("riskportal.shell.views")
    for area in AREAS:
        config.include(f"riskportal.shell.{area}.routes")
        config.scan(f"riskportal.shell.{area}.views")
    config.include("riskportal.shell.account.details_routes")
    # Views that exist only in a demo or in development.
    config.include("riskportal.shell.signin.views.demo")
    config.include("riskportal.shell.views.styleguide")
