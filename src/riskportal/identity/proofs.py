"""What a user can prove themselves with, at one glance."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from riskportal.identity.models import Passkey, Password, RecoveryCode, StaffMember, Totp, User, UserSession


class ConsoleOnly(Exception):
    """The proofs of somebody who works here change in the console only."""


@dataclass(frozen=True)
class Ways:
    """Which proofs a user has set up: counts of passkeys and of unused recovery codes."""

    password: bool
    totp: bool
    passkeys: int
    recovery_left: int

    @property
    def any(self) -> bool:
        """Whether they have set up anything at all."""
        return self.password or self.totp or self.passkeys > 0 or self.recovery_left > 0

    @property
    def staff_ready(self) -> bool:
        """Whether they open the console: a passkey, or a password together with an authenticator app."""
        return self.passkeys > 0 or (self.password and self.totp)


def ways_of(db: Session, user: User) -> Ways:
    """The proofs of a user, in one statement."""
    password, totp, passkeys, codes = db.execute(
        select(
            _number(Password).where(Password.user_id == user.id).scalar_subquery(),
            _number(Totp).where(Totp.user_id == user.id).scalar_subquery(),
            _number(Passkey).where(Passkey.user_id == user.id).scalar_subquery(),
            _number(RecoveryCode)
            .where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
            .scalar_subquery(),
        )
    ).one()
    return Ways(bool(password), bool(totp), int(passkeys), int(codes))


def begin_change(db: Session, user: User, via: UserSession | None) -> None:
    """Called before a user's proofs change: one change after the other, and staff's in the console only.

    The portal opens to whoever reads a user's mail. The console must not, and it would if they could add a passkey
    from the portal: ConsoleOnly refuses that. `via` is the session in which the change is asked for, None for a
    set-up link or a command.
    """
    # No stronger lock: rows that point at the user, of this very transaction or of others, must not stand in its way.
    db.execute(select(User.id).where(User.id == user.id).with_for_update(key_share=True))
    if via is not None and via.kind != "staff" and works_here(db, user):
        raise ConsoleOnly()


def works_here(db: Session, user: User) -> bool:
    """Whether the user is one of the tenant's own people."""
    return db.scalar(select(StaffMember.id).where(StaffMember.user_id == user.id)) is not None


def _number(model: type[Password | Totp | Passkey | RecoveryCode]) -> Select[tuple[int]]:
    return select(func.count(model.id))
