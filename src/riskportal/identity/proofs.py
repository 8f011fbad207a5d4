"""What a user can prove themselves with, at one glance."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from riskportal.identity.models import Passkey, Password, RecoveryCode, Totp, User


@dataclass(frozen=True)
class Ways:
    """Which proofs a user has set up: counts of passkeys and of unused recovery codes."""

    password: bool
    totp: bool
    passkeys: int
    recovery_left: int

    @property
    def staff_ready(self) -> bool:
        """Whether they open the console: a passkey, or a password together with an authenticator app."""
        return self.passkeys > 0 or (self.password and self.totp)


def ways_of(db: Session, user: User) -> Ways:
    """The proofs of a user, in one statement; an app counts once its first code was right."""
    password, totp, passkeys, codes = db.execute(
        select(
            _number(Password).where(Password.user_id == user.id).scalar_subquery(),
            _number(Totp).where(Totp.user_id == user.id, Totp.confirmed_at.is_not(None)).scalar_subquery(),
            _number(Passkey).where(Passkey.user_id == user.id).scalar_subquery(),
            _number(RecoveryCode)
            .where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
            .scalar_subquery(),
        )
    ).one()
    return Ways(bool(password), bool(totp), int(passkeys), int(codes))


def _number(model: type[Password | Totp | Passkey | RecoveryCode]) -> Select[tuple[int]]:
    return select(func.count(model.id))
