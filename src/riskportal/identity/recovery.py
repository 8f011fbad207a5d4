"""Recovery codes: each replaces the code of a lost authenticator app, once.

Ten codes of 48 bits, shown once, kept as hashes with the installation's secret. Source: OWASP ASVS 5.0 6.5.1-6.5.3.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from riskportal.identity.models import RecoveryCode, User, UserSession
from riskportal.identity.proofs import begin_change
from riskportal.identity.tokens import CODE_ALPHABET, clean_code, keyed_hash

CODES = 10
LENGTH = 10  # characters


def renew(db: Session, user: User, secret: str, now: datetime, *, via: UserSession | None) -> list[str]:
    """Give the user ten new codes instead of all earlier ones, as "ABCDE-FGHJK"; they are kept nowhere else.

    For `via` see proofs.begin_change.
    """
    begin_change(db, user, via)
    db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = ["".join(secrets.choice(CODE_ALPHABET) for _ in range(LENGTH)) for _ in range(CODES)]
    db.add_all(RecoveryCode(user_id=user.id, code_hash=_hash(secret, user, code), created_at=now) for code in codes)
    db.flush()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def use(db: Session, user: User, typed: str, secret: str, now: datetime) -> bool:
    """Spend a code; False when it is none of the user's or was spent. Of two at once one wins."""
    spent = db.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.code_hash == _hash(secret, user, clean_code(typed)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
    )
    return bool(spent.rowcount)  # type: ignore[attr-defined]


def left(db: Session, user: User) -> int:
    """How many codes the user has left."""
    mine = (RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    return int(db.scalar(select(func.count(RecoveryCode.id)).where(*mine)) or 0)


def remove(db: Session, user: User, *, via: UserSession | None) -> None:
    """Forget the user's codes. For `via` see proofs.begin_change."""
    begin_change(db, user, via)
    db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def _hash(secret: str, user: User, code: str) -> str:
    return keyed_hash(secret, f"recovery code {user.public_id}", code)
