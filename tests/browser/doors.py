"""A virtual authenticator in Chromium, and the demo's own set-up links: for journeys through the doors."""

from __future__ import annotations

from typing import Any

import pyotp
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.identity import passwords, totp
from riskportal.identity.links import STAFF_SETUP, make_link
from riskportal.identity.models import User

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "automaticPresenceSimulation": True,
}


class Passkeys:
    """A platform authenticator in a visitor's page (CDP's WebAuthn domain): it says yes to everything, or verifies
    nobody with `verified=False`."""

    def __init__(self, visitor: Any, *, verified: bool = True) -> None:
        self._cdp = visitor.context.new_cdp_session(visitor.page)
        self._cdp.send("WebAuthn.enable")
        options = {"options": {**AUTHENTICATOR, "isUserVerified": verified}}
        self._number = self._cdp.send("WebAuthn.addVirtualAuthenticator", options)["authenticatorId"]

    def all(self) -> list[Any]:
        return self._cdp.send("WebAuthn.getCredentials", {"authenticatorId": self._number})["credentials"]


def user_of(portal: Any, email: str) -> User:
    """The demo's user; of one who is known to both providers, the first provider's."""
    with portal.database.session(Scope.system_wide("test"), write=False) as db:
        user = db.scalars(select(User).where(User.email == email).order_by(User.tenant_id)).first()
        assert user is not None
        return user


def setup_link(portal: Any, email: str) -> str:
    """The path of a new set-up link."""
    user = user_of(portal, email)
    with portal.database.session(Scope.tenant_wide(user.tenant_id)) as db:
        return f"/staff/set-up/{make_link(db, user, STAFF_SETUP, portal.clock.now())}"


def give_password(portal: Any, email: str, password: str, app: str | None = None) -> None:
    """Set a password, and an app with a base32 secret, as if that had been done before."""
    user = user_of(portal, email)
    now = portal.clock.now()
    with portal.database.session(Scope.tenant_wide(user.tenant_id)) as db:
        passwords.set_password(db, user, password, now, known=(), via=None)
        if app is not None:
            first = totp.code_at(app, totp.step_at(now) - 1)
            assert totp.enroll(db, user, app, first, portal.secret, now, via=None)


def app_code(portal: Any, key: str) -> str:
    """What an app with this key shows at the portal's own time."""
    return pyotp.TOTP(key.replace(" ", "")).at(portal.clock.now())
