"""Everything that lets a user in, with when it was set up: what the security page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from riskportal.identity.models import Passkey, Password, RecoveryCode, StaffMember, Totp, User, UserSession
from riskportal.identity.proofs import begin_change

PASSWORD, APP, PASSKEY = "password", "app", "passkey"


class LastWay(Exception):
    """A member of the staff was about to remove their last way into the console."""


@dataclass(frozen=True)
class Login:
    """A user's proofs: since when there is a password and an authenticator app (None: there is none), passkeys
    from the oldest to the newest, unused recovery codes and how many there were. `works_here`: staff."""

    password_at: datetime | None
    app_at: datetime | None
    passkeys: list[Passkey]
    codes_left: int
    codes_made: int
    works_here: bool

    def may_lose(self, what: str) -> bool:
        """Whether a proof may go: `what` is PASSWORD, APP or PASSKEY. Staff keep a way into the console: a passkey,
        or a password with an app."""
        keys = len(self.passkeys) - (what == PASSKEY)
        password = self.password_at is not None and what != PASSWORD
        return not self.works_here or keys > 0 or (password and self.app_at is not None and what != APP)


def login_of(db: Session, user: User) -> Login:
    """The user's proofs, in two statements."""
    used = select(func.count(RecoveryCode.id)).where(RecoveryCode.user_id == user.id)
    row = db.execute(
        select(
            select(Password.changed_at).where(Password.user_id == user.id).scalar_subquery(),
            select(Totp.created_at).where(Totp.user_id == user.id).scalar_subquery(),
            used.where(RecoveryCode.used_at.is_(None)).scalar_subquery(),
            used.scalar_subquery(),
            select(func.count(StaffMember.id)).where(StaffMember.user_id == user.id).scalar_subquery(),
        )
    ).one()
    passkeys = list(db.scalars(select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)))
    return Login(row[0], row[1], passkeys, int(row[2]), int(row[3]), bool(row[4]))


def begin_removal(db: Session, user: User, what: str, *, via: UserSession) -> None:
    """Called before a proof of the user goes: LastWay when no other would open the console to one of the staff.

    It begins the change (proofs.begin_change), so that two removals at once can't each count on the other's proof.
    """
    begin_change(db, user, via)
    if not login_of(db, user).may_lose(what):
        raise LastWay()
