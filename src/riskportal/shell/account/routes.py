"""Addresses of the account pages: /g/{bill_group}/account/... (DESIGN: stable)."""

from __future__ import annotations

from typing import Any

from riskportal.shell.account.permissions import P


def includeme(config: Any) -> None:
    config.add_portal_route("core.security", "/account/security", permission=P.SELF)
    config.add_portal_route("core.revoke", "/account/security/revoke", permission=P.SELF)
