"""What the demo gives away about its staff. Outside a demo nothing of this is ever shown."""

from __future__ import annotations

from typing import Any

from riskportal.demo.users import DEMO_STAFF, DemoStaff
from riskportal.identity import totp
from riskportal.identity.models import User


def demo_staff(request: Any) -> list[DemoStaff]:
    """The staff whom this host's demo offers; nobody outside a demo."""
    if not request.registry.portal.settings["demo"]:
        return []
    host = request.host.partition(":")[0]
    return [person for person in DEMO_STAFF if host in person.hosts]


def hint(request: Any, user: User | None) -> dict[str, str] | None:
    """Password and the next good code of a demo's staff member, None for everybody else."""
    person = next((p for p in demo_staff(request) if user is not None and p.email == user.email), None)
    if person is None or user is None:
        return None
    return {"password": person.password, "code": code_of(request, person, user) or ""}


def code_of(request: Any, person: DemoStaff, user: User) -> str | None:
    """The code that the person's app shows, or the next one when that was used; None when both were."""
    step = totp.unused_step(request.db, user, request.clock.now())
    return totp.code_at(person.app_secret, step) if step is not None else None
