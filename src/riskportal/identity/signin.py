"""Sign-in without a password: ask, get a mail with a link and a code, come in once.

    asked --(job)--> sent --(link or code)--> used
      |                |
      +-- newer ask ---+--> voided      (10 minutes) --> expired

A request is written for every well-formed address, known or not, so that asking tells nothing
about who is a customer: the job finds out, and only then is a mail sent. Token, code and the
asking browser are kept as hashes. Sources: OWASP ASVS 5.0 6.5.1-6.5.6, 7.6.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from riskportal.identity.access import may_sign_in
from riskportal.identity.models import SignInRequest, User
from riskportal.identity.tokens import clean_code, hashed, keyed_hash, new_code, new_token
from riskportal.identity.users import user_of

LINK_LIFETIME = timedelta(minutes=10)
CODE_TRIES = 5
KEEP_REQUESTS = timedelta(days=1)


@dataclass(frozen=True)
class Keys:
    """What the mail carries; neither value is stored."""

    token: str
    code: str


def ask(db: Session, email: str, browser: str, language: str, next_path: str | None, now: datetime) -> SignInRequest:
    """Write a request for a canonical address and void its older ones. Same work for every address."""
    db.execute(
        update(SignInRequest)
        .where(SignInRequest.email == email, SignInRequest.used_at.is_(None), SignInRequest.voided_at.is_(None))
        .values(voided_at=now)
    )
    request = SignInRequest(
        email=email,
        browser_hash=hashed(browser),
        language=language,
        next_path=next_path,
        requested_at=now,
        expires_at=now + LINK_LIFETIME,
    )
    db.add(request)
    db.flush()
    return request


def issue(db: Session, request_id: int, secret: str, now: datetime) -> tuple[SignInRequest, Keys] | None:
    """Give a request its link token and code; None when its address reaches nothing or it is over.

    Run again (a retried job) it gives new keys and forgets the old ones.
    """
    request = db.get(SignInRequest, request_id)
    if request is None or not _alive(db, request, now) or not _welcome(db, request.email, now):
        return None
    keys = Keys(new_token(), new_code())
    request.token_hash = hashed(keys.token)
    request.code_hash = keyed_hash(secret, f"sign-in code {request.id}", keys.code)
    return request, keys


def by_token(db: Session, token: str, now: datetime) -> SignInRequest | None:
    """The living request of a link; looking changes nothing, however often mail scanners do it."""
    request = db.scalar(select(SignInRequest).where(SignInRequest.token_hash == hashed(token)))
    return request if request is not None and _alive(db, request, now) else None


def by_browser(db: Session, browser: str, now: datetime) -> SignInRequest | None:
    """The newest living request that this browser asked for."""
    request = db.scalar(
        select(SignInRequest)
        .where(SignInRequest.browser_hash == hashed(browser))
        .order_by(SignInRequest.id.desc())
        .limit(1)
    )
    return request if request is not None and _alive(db, request, now) else None


def asked_by(request: SignInRequest, browser: str) -> bool:
    """Whether this browser asked for the link."""
    return request.browser_hash == hashed(browser)


def try_code(db: Session, request: SignInRequest, typed: str, secret: str) -> bool:
    """Count a try and compare; after five tries the request is dead, right code or not.

    The count is one guarded UPDATE, so parallel tries can't share a number.
    """
    counted = db.execute(
        update(SignInRequest)
        .where(SignInRequest.id == request.id, SignInRequest.code_tries < CODE_TRIES)
        .values(code_tries=SignInRequest.code_tries + 1)
    )
    if not counted.rowcount or request.code_hash is None:  # type: ignore[attr-defined]
        return False
    return request.code_hash == keyed_hash(secret, f"sign-in code {request.id}", clean_code(typed))


def use(db: Session, request: SignInRequest, now: datetime) -> User | None:
    """Spend the request and give its user, made at the first visit. None when it was spent or overtaken
    meanwhile, or when the address reaches nothing any more."""
    spent = db.execute(
        update(SignInRequest)
        .where(
            SignInRequest.id == request.id,
            SignInRequest.used_at.is_(None),
            SignInRequest.voided_at.is_(None),
            SignInRequest.expires_at > now,
        )
        .values(used_at=now)
    )
    if not spent.rowcount or _overtaken(db, request) or not _welcome(db, request.email, now):  # type: ignore[attr-defined]
        return None
    user = user_of(db, request.email)
    return None if user.disabled_at else user


def purge(db: Session, now: datetime) -> int:
    """Forget requests of more than a day ago; returns how many."""
    result = db.execute(delete(SignInRequest).where(SignInRequest.requested_at < now - KEEP_REQUESTS))
    return int(result.rowcount)  # type: ignore[attr-defined]


def _alive(db: Session, request: SignInRequest, now: datetime) -> bool:
    return (
        request.used_at is None
        and request.voided_at is None
        and request.expires_at > now
        and request.code_tries < CODE_TRIES
        and not _overtaken(db, request)
    )


def _overtaken(db: Session, request: SignInRequest) -> bool:
    """Whether its address has asked again: two that ask at the same moment can't see and void each other."""
    newer = exists().where(SignInRequest.email == request.email, SignInRequest.id > request.id)
    return bool(db.scalar(select(newer)))


def _welcome(db: Session, email: str, now: datetime) -> bool:
    """Whether an address may come in: a rule lets it in and its user isn't disabled."""
    disabled = db.scalar(select(User.id).where(User.email == email, User.disabled_at.is_not(None)))
    return disabled is None and may_sign_in(db, email, now)
