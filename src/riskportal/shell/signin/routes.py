"""Addresses of signing in (DESIGN: stable)."""

from __future__ import annotations

from typing import Any

from riskportal.shell.account.permissions import P


def includeme(config: Any) -> None:
    config.add_public_route("core.sign_in", "/sign-in")
    config.add_public_route("core.check", "/sign-in/check")
    config.add_public_route("core.confirm", "/sign-in/confirm/{token}")
    config.add_public_route("core.sign_out", "/sign-out")
    config.add_public_route("core.join", "/join/{portal_token}")
    config.add_public_route("core.second", "/sign-in/second")
    config.add_public_route("core.password", "/sign-in/password")
    config.add_public_route("core.passkey", "/sign-in/passkey")
    config.add_public_route("core.passkey_options", "/sign-in/passkey/options")

    # The console's doors: public addresses below /staff, so that its own session cookie counts there.
    config.add_public_route("core.staff_sign_in", "/staff/sign-in")
    config.add_public_route("core.staff_second", "/staff/sign-in/code")
    config.add_public_route("core.staff_passkey", "/staff/sign-in/passkey")
    config.add_public_route("core.staff_passkey_options", "/staff/sign-in/passkey/options")
    config.add_public_route("core.staff_sign_out", "/staff/sign-out")
    config.add_public_route("core.staff_setup", "/staff/set-up/{token}")
    config.add_public_route("core.staff_setup_passkey", "/staff/set-up/{token}/passkey")
    config.add_public_route("core.staff_setup_options", "/staff/set-up/{token}/passkey/options")
    config.add_public_route("core.staff_setup_password", "/staff/set-up/{token}/password")
    config.add_public_route("core.staff_setup_strength", "/staff/set-up/{token}/strength")
    config.add_public_route("core.staff_setup_qr", "/staff/set-up/{token}/app.svg")

    # Proving again who one is, before risky acts.
    config.add_portal_route("core.prove", "/account/confirm", permission=P.SELF)
    config.add_portal_route("core.prove_options", "/account/confirm/options", permission=P.SELF)
    config.add_portal_route("core.prove_code", "/account/confirm/code", permission=P.SELF)
    config.add_staff_route("core.staff_prove", "/confirm", permission=P.STAFF_SELF)
    config.add_staff_route("core.staff_prove_options", "/confirm/options", permission=P.STAFF_SELF)
    if config.registry.portal.settings["demo"]:
        config.add_public_route("core.demo", "/sign-in/demo")
        config.add_public_route("core.staff_demo", "/staff/sign-in/demo")
