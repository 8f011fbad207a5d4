"""Steps at the doors of portal and console: proofs that people have, and how they show them."""

from __future__ import annotations

import json
from typing import Any

import pyotp
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.identity import passkeys, passwords, recovery, totp
from riskportal.identity.models import UserSession
from riskportal.testing.authenticator import Authenticator
from riskportal.testing.web import SECRET

PASSWORD = "velvet otter paints clouds"
APP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
# The tests' tenant has a name without https, where browsers make no passkeys: this one has both.
SECURE_URL = "https://portal.test"


class Proofs:
    """Gives users their proofs, as if they had set them up before."""

    def __init__(self, database: Any, clock: Any) -> None:
        self._database, self._clock = database, clock

    def password(self, user: Any, password: str = PASSWORD) -> None:
        with self._database.session(Scope.tenant_wide(user.tenant_id)) as db:
            passwords.set_password(db, user, password, self._clock.now(), known=(), via=None)

    def app(self, user: Any) -> None:
        """An app whose code of this moment is still good."""
        now = self._clock.now()
        with self._database.session(Scope.tenant_wide(user.tenant_id)) as db:
            first = totp.code_at(APP, totp.step_at(now) - 1)
            assert totp.enroll(db, user, APP, first, SECRET, now, via=None)

    def codes(self, user: Any) -> list[str]:
        with self._database.session(Scope.tenant_wide(user.tenant_id)) as db:
            return recovery.renew(db, user, SECRET, self._clock.now(), via=None)

    def passkey(self, user: Any, origin: str = SECURE_URL, name: str = "Laptop") -> Authenticator:
        device, now, browser = Authenticator(origin), self._clock.now(), "x" * 43
        party = passkeys.relying_party(origin, "Alder Hosting")
        assert party is not None
        with self._database.session(Scope.tenant_wide(user.tenant_id)) as db:
            options = passkeys.registration_options(db, user, party, browser, now)
            passkeys.register(db, user, device.make(options), name, party, browser, now, via=None)
        return device

    def code(self) -> str:
        """What the app shows now."""
        return pyotp.TOTP(APP).at(self._clock.now())


def token(page: Any) -> str:
    return page.html.find("input", attrs={"name": "csrf_token"})["value"]


def type_password(testapp: Any, email: str, password: str = PASSWORD, path: str = "/sign-in/password") -> Any:
    """Fill in address and password and send them."""
    form = testapp.get(path).forms["password"]
    form["email"], form["password"] = email, password
    return form.submit(status="*")


def type_code(testapp: Any, code: str, path: str = "/sign-in/second") -> Any:
    """Fill in the second step and send it."""
    form = testapp.get(path).forms["second"]
    form["code"] = code
    return form.submit(status="*")


def touch(testapp: Any, device: Authenticator, door: str = "/sign-in", next_path: str = "", **lies: Any) -> Any:
    """Press the passkey button of a page; `lies` as in Authenticator.sign."""
    page = testapp.get(door, {"next": next_path} if next_path else {})
    form = page.html.find("form", attrs={"data-passkey": "get"})
    posted = {"csrf_token": token(page)}
    options = testapp.post(form["data-options"], posted).json
    posted |= {"next": next_path, "credential": device.sign(options, **lies)}
    return testapp.post(form["action"], posted, status="*")


def sessions(database: Any, kind: str | None = None) -> list[UserSession]:
    with database.session(Scope.system_wide("test"), write=False) as db:
        found = select(UserSession).order_by(UserSession.id)
        return list(db.scalars(found.where(UserSession.kind == kind) if kind else found))


def audit_codes(database: Any) -> list[str]:
    with database.session(Scope.system_wide("test"), write=False) as db:
        return list(db.scalars(select(AuditEntry.code).order_by(AuditEntry.id)))


def as_json(text: str) -> Any:
    return json.loads(text)
