"""Authenticator apps: six digits that change every half minute (RFC 6238).

    none --(enroll: the first code was right)--> on --(remove)--> none

A set-up page proposes a secret without keeping anything: the secret is computed from the installation's secret,
from what the page is bound to (a session, a set-up link) and from a random nonce that the page's form sends back.
What was set up before keeps working until the first code of the new app is right.
"""

from __future__ import annotations

import base64
import hmac
import logging
from datetime import datetime
from hashlib import sha256

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from riskportal.identity.models import Totp, User, UserSession
from riskportal.identity.proofs import begin_change
from riskportal.identity.tokens import new_token
from riskportal.mail.sealing import Seal, SealBroken

log = logging.getLogger("riskportal.identity")

STEP = 30  # seconds
DIGITS = 6
# A clock may be one step off, in either direction (RFC 6238, 5.2).
WINDOW = 1
# RFC 4226, 4: 160 bits are recommended.
SECRET_BYTES = 20
_PURPOSE = b"riskportal/totp/1"


def new_nonce() -> str:
    """What makes the secret of a set-up page its own."""
    return new_token()


def proposed(secret: str, anchor: str, nonce: str) -> str:
    """The base32 secret of a set-up page. `anchor` is the token hash of the session or link that it belongs to."""
    key = hmac.new(secret.encode(), f"authenticator app\0{anchor}\0{nonce}".encode(), sha256).digest()
    return base64.b32encode(key[:SECRET_BYTES]).decode()


def address(shared: str, email: str, issuer: str) -> str:
    """The otpauth address that the QR code carries; `issuer` is the provider's name."""
    return pyotp.TOTP(shared, digits=DIGITS, interval=STEP).provisioning_uri(name=email, issuer_name=issuer)


def enroll(
    db: Session, user: User, shared: str, code: str, secret: str, now: datetime, *, via: UserSession | None
) -> bool:
    """Turn the app with the base32 secret `shared` on, instead of an earlier one, when `code` is right.

    `secret` is the installation's secret. For `via` see proofs.begin_change.
    """
    begin_change(db, user, via)
    step = _step_of(shared, code, now)
    if step is None:
        return False
    db.execute(delete(Totp).where(Totp.user_id == user.id))
    sealed = Seal(secret, _PURPOSE).seal(user.public_id, {"secret": shared})
    db.add(Totp(user_id=user.id, secret_sealed=sealed, last_step=step, created_at=now))
    db.flush()
    return True


def verify(db: Session, user: User, code: str, secret: str, now: datetime) -> bool:
    """Whether this is a code of the user's app that hasn't been used yet; it is used up by asking.

    Codes count once and in their order: of two requests with one code the guarded UPDATE lets one through.
    """
    row = db.scalar(select(Totp).where(Totp.user_id == user.id))
    shared = _opened(row, user, secret) if row is not None else None
    if row is None or shared is None:
        return False
    step = _step_of(shared, code, now)
    if step is None:
        return False
    spent = db.execute(update(Totp).where(Totp.id == row.id, Totp.last_step < step).values(last_step=step))
    return bool(spent.rowcount)  # type: ignore[attr-defined]


def is_on(db: Session, user: User) -> bool:
    """Whether the user has an app set up."""
    found = db.scalar(select(Totp.id).where(Totp.user_id == user.id))
    return found is not None


def unused_step(db: Session, user: User, now: datetime) -> int | None:
    """The first half minute whose code would be taken now, None when all were used; for the demo, which shows it."""
    row = db.scalar(select(Totp).where(Totp.user_id == user.id))
    here = step_at(now)
    step = max(here, row.last_step + 1) if row is not None else here
    return step if step <= here + WINDOW else None


def remove(db: Session, user: User, *, via: UserSession | None) -> bool:
    """Turn the app off; False when there is none. For `via` see proofs.begin_change."""
    begin_change(db, user, via)
    result = db.execute(delete(Totp).where(Totp.user_id == user.id))
    return bool(result.rowcount)  # type: ignore[attr-defined]


def code_at(shared: str, step: int) -> str:
    """The code of a half minute, counted from 1970."""
    return pyotp.TOTP(shared, digits=DIGITS, interval=STEP).generate_otp(step)


def step_at(now: datetime) -> int:
    """The half minute of an instant, counted from 1970."""
    return int(now.timestamp()) // STEP


def _step_of(shared: str, code: str, now: datetime) -> int | None:
    """The half minute whose code this is, within the window; every one is compared, whichever fits."""
    typed = "".join(code.split())[:20].encode("utf-8", "replace")
    here = step_at(now)
    steps = range(here - WINDOW, here + WINDOW + 1)
    fitting = [step for step in steps if hmac.compare_digest(code_at(shared, step).encode(), typed)]
    return max(fitting, default=None)


def _opened(row: Totp, user: User, secret: str) -> str | None:
    try:
        return Seal(secret, _PURPOSE).open(user.public_id, row.secret_sealed)["secret"]
    except SealBroken as error:
        # Not a crash: a recovery code, another proof or a new set-up link still lets the person in.
        log.error("the authenticator app of a user can't be checked: %s", error)
        return None
