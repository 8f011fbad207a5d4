"""The core's own pages, built on the same seam as any module: sign-in, home, account, search, brand."""

from __future__ import annotations

from typing import Any


def includeme(config: Any) -> None:
    config.include("riskportal.shell.routes")
    config.scan("riskportal.shell.views")
    # Views that exist only in a demo or in development.
    config.include("riskportal.shell.views.signin")
    config.include("riskportal.shell.views.styleguide")
