"""The staff of the demo, with the proofs that its sign-in page shows. Nothing of this runs in production."""

from __future__ import annotations

from riskportal.audit.services import Actor
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.demo.users import DEMO_STAFF, DemoStaff
from riskportal.identity import passwords, totp
from riskportal.identity.models import User
from riskportal.identity.proofs import ways_of
from riskportal.identity.staff import appoint
from riskportal.identity.users import find_user

OPERATOR = Actor("system", name="riskportal demo")


def add_staff(database: Database, hosts: dict[str, int], secret: str) -> None:
    """Let the demo's staff work for their providers; `hosts` leads from host names to tenants' ids.

    Somebody who is there already stays as they are.
    """
    for person in DEMO_STAFF:
        tenant_id = next((hosts[host] for host in person.hosts if host in hosts), None)
        if tenant_id is not None:
            _add(database, tenant_id, person, secret)


def _add(database: Database, tenant_id: int, person: DemoStaff, secret: str) -> None:
    with database.session(Scope.tenant_wide(tenant_id)) as db:
        user = find_user(db, person.email)
        if user is not None and (user.disabled_at is not None or ways_of(db, user).staff_ready):
            return
        now = database.clock.now()
        appoint(db, person.email, person.role, person.name, OPERATOR, now)
        user = find_user(db, person.email)
        assert isinstance(user, User)
        passwords.set_password(db, user, person.password, now, known=(), via=None)
        # The code before this moment's: this moment's shall still be good for a sign-in.
        code = totp.code_at(person.app_secret, totp.step_at(now) - totp.WINDOW)
        assert totp.enroll(db, user, person.app_secret, code, secret, now, via=None)
