"""Addresses of the account pages: /g/{bill_group}/account/... (DESIGN: stable)."""

from __future__ import annotations

from typing import Any

from riskportal.shell.account.areas import account_path
from riskportal.shell.account.permissions import P

# Pages about one's own login stand in both areas (areas.py): name, address, whether they want a recent proof.
OWN_PAGES = (
    ("security", "/account/security", False),
    ("sign_ins", "/account/security/sign-ins", False),
    ("revoke", "/account/security/revoke", False),
    ("change_email", "/account/security/email", True),
    ("cancel_email", "/account/security/email/cancel", False),
    ("add_passkey", "/account/security/passkeys/add", True),
    ("add_passkey_options", "/account/security/passkeys/add/options", True),
    ("own_passkey", "/account/security/passkeys/{passkey}", True),
    ("remove_passkey", "/account/security/passkeys/{passkey}/remove", True),
    ("own_password", "/account/security/password", True),
    ("password_strength", "/account/security/password/strength", False),
    ("remove_password", "/account/security/password/remove", True),
    ("own_app", "/account/security/app", True),
    ("own_app_qr", "/account/security/app/code.svg", True),
    ("remove_app", "/account/security/app/remove", True),
    ("recovery_codes", "/account/security/recovery-codes", True),
    ("recovery_file", "/account/security/recovery-codes/file", False),
    ("preferences", "/account/language", False),
)


def includeme(config: Any) -> None:
    config.add_request_method(account_path, "account_path")
    for name, pattern, step_up in OWN_PAGES:
        config.add_portal_route(f"core.{name}", pattern, permission=P.SELF, step_up=step_up)
        config.add_staff_route(f"core.staff_{name}", pattern, permission=P.STAFF_SELF, step_up=step_up)
    # The link in the mail to a new address works in any browser; below /staff the console's session is known.
    config.add_public_route("core.confirm_email", "/confirm-email/{token}")
    config.add_public_route("core.staff_confirm_email", "/staff/confirm-email/{token}")
