"""The set-up link of a staff member: where they choose what they prove themselves with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from riskportal.identity.links import LIFETIME, STAFF_SETUP, make_link
from riskportal.identity.models import User
from riskportal.tenancy.models import Tenant

HOURS = int(LIFETIME.total_seconds()) // 3600


def setup_url(db: Session, tenant: Tenant, user: User, now: datetime) -> str:
    """A new one-time address for `user`, good for 24 hours; older ones end. It is kept nowhere."""
    return f"{tenant.base_url}/staff/set-up/{make_link(db, user, STAFF_SETUP, now)}"


def send_setup(request: Any, user: User) -> None:
    """Mail a new set-up link to a staff member. The caller writes the audit entry of what it is for."""
    link = setup_url(request.db, request.tenant, user, request.clock.now())
    request.send_mail("core.staff_setup", to=user.email, language=user.language, link=link, hours=HOURS)
