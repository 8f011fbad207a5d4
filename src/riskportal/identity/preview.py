"""Previews: a staff member looks at a bill group's portal as a role, or as one of its people. Nothing is written.

    open --> over (a quarter of an hour, ended, or the staff member's own access is gone)

The rules for whom a preview stands in are those of every request (identity.access), except that the portal
needn't be switched on yet and no rule need exist: a preview is for looking before sharing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, exists, select, update
from sqlalchemy.orm import Session, contains_eager

from riskportal.customers.models import BillGroup, Customer
from riskportal.db.mixins import new_public_id
from riskportal.identity.models import PreviewSession, StaffMember, User, UserSession
from riskportal.identity.sessions import Lifetime
from riskportal.identity.tokens import hashed, new_token

LIFETIME = timedelta(minutes=15)
KEEP = timedelta(days=30)
PERMISSION = "core.preview.open"
# RFC 2606 reserves .invalid: no rule and no mail ever reaches such an address.
NOBODY_HOST = "preview.invalid"


def open_preview(
    db: Session,
    staff: User,
    bill_group: BillGroup,
    now: datetime,
    *,
    role: str | None = None,
    email: str | None = None,
) -> tuple[PreviewSession, str]:
    """Begin to look at the bill group as `role`, or as the person with the canonical address `email`.

    Returns the row and the token for the cookie, which is kept nowhere else. The staff member's earlier previews
    of this bill group end.
    """
    end_previews(db, staff, bill_group, now)
    token = new_token()
    row = PreviewSession(
        token_hash=hashed(token),
        staff_user_id=staff.id,
        bill_group_id=bill_group.id,
        role=role,
        email=email,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    db.add(row)
    db.flush()
    return row, token


def end_previews(db: Session, staff: User, bill_group: BillGroup, now: datetime) -> int:
    """End the staff member's previews of this bill group; returns how many were open."""
    result = db.execute(
        update(PreviewSession)
        .where(
            PreviewSession.staff_user_id == staff.id,
            PreviewSession.bill_group_id == bill_group.id,
            PreviewSession.ended_at.is_(None),
            PreviewSession.expires_at > now,
        )
        .values(ended_at=now)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def purge(db: Session, now: datetime) -> int:
    """Forget previews that ended a month ago; returns how many. The audit log keeps that they were opened."""
    result = db.execute(delete(PreviewSession).where(PreviewSession.expires_at < now - KEEP))
    return int(result.rowcount)  # type: ignore[attr-defined]


# The preview, the bill group and the staff member in one statement. The preview counts only beside a living
# staff session of the same person: signing out there ends it, and its cookie alone opens nothing.
_LIVING = (
    select(PreviewSession, BillGroup, StaffMember.role)
    .join(BillGroup, BillGroup.id == PreviewSession.bill_group_id)
    .join(Customer, Customer.id == BillGroup.customer_id)
    .join(User, User.id == PreviewSession.staff_user_id)
    .join(StaffMember, StaffMember.user_id == PreviewSession.staff_user_id)
    .options(contains_eager(PreviewSession.staff_user), contains_eager(BillGroup.customer))
    .where(
        PreviewSession.token_hash == bindparam("token_hash"),
        PreviewSession.ended_at.is_(None),
        PreviewSession.expires_at > bindparam("now"),
        BillGroup.public_id == bindparam("public_id"),
        BillGroup.state == "active",
        User.disabled_at.is_(None),
        exists().where(
            and_(
                UserSession.token_hash == bindparam("staff_hash"),
                UserSession.user_id == PreviewSession.staff_user_id,
                UserSession.kind == "staff",
                UserSession.revoked_at.is_(None),
                UserSession.expires_at > bindparam("now"),
                UserSession.seen_at > bindparam("idle_since"),
            )
        ),
    )
)


def find_preview(
    db: Session, token: str, staff_token: str, public_id: str, now: datetime, lifetime: Lifetime
) -> tuple[PreviewSession, BillGroup, str] | None:
    """The living preview of a bill group by its cookie's token and that of the staff session beside it.

    With the bill group, and the role of the staff member; `staff_user` and `customer` are loaded.
    """
    found = db.execute(
        _LIVING,
        {
            "token_hash": hashed(token),
            "staff_hash": hashed(staff_token),
            "public_id": public_id,
            "now": now,
            "idle_since": now - lifetime.idle,
        },
    ).one_or_none()
    if found is None:
        return None
    row, bill_group, role = found
    return row, bill_group, role


def seen_as(db: Session, row: PreviewSession) -> User:
    """Whom the preview shows: a transient user that is never written, for a person with their name and choices.

    It has no id, so pages about somebody's own login find nothing: sessions, passkeys and the secret of an app
    that is being set up are nobody else's to see.
    """
    shown = User(
        tenant_id=row.tenant_id,
        public_id=new_public_id(),
        email=row.email or f"{row.role}@{NOBODY_HOST}",
        created_at=row.created_at,
        updated_at=row.created_at,
    )
    known = db.scalar(select(User).where(User.email == row.email)) if row.email is not None else None
    if known is not None:
        shown.name, shown.language, shown.time_zone = known.name, known.language, known.time_zone
    return shown


def transient_session(row: PreviewSession, now: datetime) -> UserSession:
    """A session for pages that ask for one; it is never written.

    Its proof is always fresh: pages before risky acts are to be seen, and nothing can be done there.
    """
    return UserSession(
        kind="portal",
        method="preview",
        created_at=row.created_at,
        seen_at=now,
        proved_at=now,
        expires_at=row.expires_at,
    )
