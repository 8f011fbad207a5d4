"""Staff: who works for a tenant, and in which role."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.audit.services import Actor, record
from riskportal.identity.models import StaffMember
from riskportal.identity.users import user_of


def appoint(db: Session, email: str, role: str, name: str | None, actor: Actor) -> bool:
    """Let a canonical address work for the session's tenant, or change its role; False when it has the role already.

    A given `name` becomes the person's name in any case.
    """
    user = user_of(db, email)
    if name:
        user.name = name
    member = db.scalar(select(StaffMember).where(StaffMember.user_id == user.id))
    if member is not None and member.role == role:
        return False
    if member is None:
        db.add(StaffMember(user_id=user.id, role=role))
    else:
        member.role = role
    record(db, "core.staff_added", actor=actor, data={"email": email, "role": role})
    return True
