"""Addresses of signing in (DESIGN: stable)."""

from __future__ import annotations

from typing import Any


def includeme(config: Any) -> None:
    config.add_public_route("core.sign_in", "/sign-in")
    config.add_public_route("core.check", "/sign-in/check")
    config.add_public_route("core.confirm", "/sign-in/confirm/{token}")
    config.add_public_route("core.sign_out", "/sign-out")
    config.add_public_route("core.join", "/join/{portal_token}")
    if config.registry.portal.settings["demo"]:
        config.add_public_route("core.demo", "/sign-in/demo")
