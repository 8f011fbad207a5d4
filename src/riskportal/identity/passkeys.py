"""Passkeys: discoverable WebAuthn credentials with user verification, so that one is proof enough alone.

Who relies on them (RP id, origin) comes from the tenant's base URL, never from a request. A challenge is kept on
the server, belongs to one browser and one purpose, and is used once, whether the answer was right or not.
Sources: W3C Web Authentication level 3, 7.1 and 7.2; OWASP ASVS 5.0 6.7.1, 6.7.2.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url, parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from riskportal.identity.models import CREDENTIAL_LENGTH, Passkey, PasskeyChallenge, User, UserSession
from riskportal.identity.proofs import begin_change
from riskportal.identity.tokens import hashed
from riskportal.plug.messages import Message, _

log = logging.getLogger("riskportal.identity")

REGISTER, SIGN_IN, STEP_UP = "register", "sign_in", "step_up"
LIFETIME = timedelta(minutes=5)
KEEP_CHALLENGES = timedelta(days=1)
MOST = 20
NAME_LENGTH = 80
# Characters of a browser's answer; the largest attestations stay far below.
LONGEST_ANSWER = 32_000
# What the name of a credential is made of: base64url of up to 1023 bytes.
_ID = re.compile(rf"[A-Za-z0-9_-]{{1,{CREDENTIAL_LENGTH}}}\Z")

REASONS = {
    "over": _("That took too long, or was done already. Please try again."),
    "unknown": _("This passkey isn't known here. Use another one, or another way to sign in."),
    "wrong": _("The passkey could not be checked. Please try again."),
    "copied": _("This passkey was refused: it seems to have been copied. Use another way, then remove it."),
    "known": _("This passkey is set up already."),
    "many": _("You have {n} passkeys, which is the most. Remove one first.", n=MOST),
}


class Refused(Exception):
    """A passkey isn't accepted; `reason` is a key of REASONS, `message` says it to the person.

    `user` is whose passkey it is, when that matters: for one that was copied.
    """

    def __init__(self, reason: str, user: User | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.user = user

    @property
    def message(self) -> Message:
        return REASONS[self.reason]


@dataclass(frozen=True)
class RelyingParty:
    """For whom passkeys are made: `id` is a host name, `origin` the address at which they work."""

    id: str
    origin: str
    name: str


def relying_party(base_url: str, name: str) -> RelyingParty | None:
    """The relying party of a tenant's public address; None where browsers offer no passkeys.

    They want https and a host name. On one's own machine http does as well, under the name localhost: an
    address such as http://127.0.0.1:6543 has its passkeys at http://localhost:6543.
    """
    parts = urlsplit(base_url)
    host, port = (parts.hostname or "").lower(), f":{parts.port}" if parts.port else ""
    try:
        if not ip_address(host).is_loopback:
            return None
        host = "localhost"
    except ValueError:
        pass
    local = host == "localhost" or host.endswith(".localhost")
    if not host or parts.scheme not in ("http", "https") or (parts.scheme == "http" and not local):
        return None
    return RelyingParty(host, f"{parts.scheme}://{host}{port}", name)


def registration_options(
    db: Session, user: User, party: RelyingParty, browser: str, now: datetime, *, alone: bool = False
) -> dict[str, Any]:
    """What `navigator.credentials.create` is asked with, as JSON.

    The devices of passkeys that the user has are left out, unless the new one will stand `alone`, in their place.
    """
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        # Not a secret, and no personal data: WebAuthn level 3, 14.6.1.
        user_id=user.public_id.encode(),
        user_name=user.email,
        user_display_name=user.name or user.email,
        timeout=_milliseconds(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[] if alone else [_descriptor(row) for row in passkeys_of(db, user)],
    )
    _remember(db, options.challenge, REGISTER, user, browser, now)
    return _plain(options)


def register(
    db: Session,
    user: User,
    answer: str,
    name: str,
    party: RelyingParty,
    browser: str,
    now: datetime,
    *,
    via: UserSession | None,
    alone: bool = False,
) -> Passkey:
    """Keep the passkey that the browser made, under `name`; Refused says why not.

    `answer` is the credential as JSON; `alone` forgets every other passkey of the user. For `via` see
    proofs.begin_change.
    """
    begin_change(db, user, via)
    given = _read(answer)
    challenge = _spend(db, given, REGISTER, user, browser, now)
    if not alone and len(passkeys_of(db, user)) >= MOST:
        raise Refused("many")
    with _judging():
        made = verify_registration_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    # The id that the key itself states, which needn't be the one beside it.
    credential_id = bytes_to_base64url(made.credential_id)
    if not _ID.match(credential_id):
        raise Refused("wrong")
    row = Passkey(
        user_id=user.id,
        name=name[:NAME_LENGTH],
        credential_id=credential_id,
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        transports=_transports(given),
        backed_up=made.credential_backed_up,
        created_at=now,
    )
    try:
        with db.begin_nested():
            db.add(row)
    except IntegrityError as error:
        raise Refused("known") from error
    if alone:
        remove_all(db, user, but=row)
    return row


def sign_in_options(
    db: Session, party: RelyingParty, browser: str, now: datetime, user: User | None = None
) -> dict[str, Any]:
    """What `navigator.credentials.get` is asked with, as JSON: for anybody's passkey, or for `user`'s (step-up)."""
    options = generate_authentication_options(
        rp_id=party.id,
        timeout=_milliseconds(),
        allow_credentials=[_descriptor(row) for row in passkeys_of(db, user)] if user is not None else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    _remember(db, options.challenge, STEP_UP if user is not None else SIGN_IN, user, browser, now)
    return _plain(options)


def authenticate(
    db: Session, answer: str, party: RelyingParty, browser: str, now: datetime, user: User | None = None
) -> User:
    """Whose passkey signed the challenge; Refused says why nobody's did. With `user` only theirs counts (step-up).

    `answer` is the credential as JSON.
    """
    given = _read(answer)
    challenge = _spend(db, given, STEP_UP if user is not None else SIGN_IN, user, browser, now)
    row, owner = _owner(db, given, named=user is not None)
    if user is not None and owner.id != user.id:
        raise Refused("unknown")
    with _judging():
        # The counter is judged below, where a copy can be told from a mistake.
        proved = verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(row.public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    if not _count(db, row, proved.new_sign_count, proved.credential_backed_up, now):
        raise Refused("copied", owner)
    return owner


def passkeys_of(db: Session, user: User) -> list[Passkey]:
    """The user's passkeys, oldest first."""
    return list(db.scalars(select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)))


def passkey_of(db: Session, user: User, public_id: str) -> Passkey | None:
    """One of the user's passkeys, None for any other."""
    return db.scalar(select(Passkey).where(Passkey.user_id == user.id, Passkey.public_id == public_id))


def rename(db: Session, passkey: Passkey, name: str) -> None:
    """Call a passkey something else."""
    passkey.name = name[:NAME_LENGTH]


def remove(db: Session, user: User, passkey: Passkey, *, via: UserSession | None) -> None:
    """Forget a passkey of this user. For `via` see proofs.begin_change."""
    begin_change(db, user, via)
    db.execute(delete(Passkey).where(Passkey.id == passkey.id, Passkey.user_id == user.id))


def remove_all(db: Session, user: User, but: Passkey | None = None) -> None:
    """Forget the passkeys of a user whose proofs are being changed (proofs.begin_change), `but` one."""
    db.execute(delete(Passkey).where(Passkey.user_id == user.id, Passkey.id != (but.id if but is not None else 0)))


def purge(db: Session, now: datetime) -> int:
    """Forget challenges of more than a day ago; returns how many."""
    result = db.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < now - KEEP_CHALLENGES))
    return int(result.rowcount)  # type: ignore[attr-defined]


def _remember(db: Session, challenge: bytes, purpose: str, user: User | None, browser: str, now: datetime) -> None:
    db.add(
        PasskeyChallenge(
            challenge=bytes_to_base64url(challenge),
            purpose=purpose,
            user_id=user.id if user is not None else None,
            browser_hash=hashed(browser),
            expires_at=now + LIFETIME,
        )
    )
    db.flush()


def _spend(
    db: Session, given: Mapping[str, Any], purpose: str, user: User | None, browser: str, now: datetime
) -> bytes:
    """The challenge that the answer is for, used up; Refused when it isn't this browser's, or is over."""
    with _judging():
        claimed = parse_client_data_json(base64url_to_bytes(given["response"]["clientDataJSON"])).challenge
    spent = db.execute(
        update(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge == bytes_to_base64url(claimed),
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.user_id == user.id if user is not None else PasskeyChallenge.user_id.is_(None),
            PasskeyChallenge.browser_hash == hashed(browser),
            PasskeyChallenge.used_at.is_(None),
            PasskeyChallenge.expires_at > now,
        )
        .values(used_at=now)
    )
    if not spent.rowcount:  # type: ignore[attr-defined]
        raise Refused("over")
    return claimed


def _owner(db: Session, given: Mapping[str, Any], *, named: bool) -> tuple[Passkey, User]:
    """The passkey that the answer names and its user, who must be the one that the authenticator says.

    It may say nothing only when the passkey was asked for by name (`named`; level 3, 7.2, step 6).
    """
    found = db.execute(
        select(Passkey, User)
        .join(User, User.id == Passkey.user_id)
        .where(Passkey.credential_id == given["id"], User.disabled_at.is_(None))
    ).one_or_none()
    if found is None:
        raise Refused("unknown")
    row, owner = found
    handle = given["response"].get("userHandle")
    if handle is None and named:
        return row, owner
    with _judging():
        fits = base64url_to_bytes(handle) == owner.public_id.encode()
    if not fits:
        raise Refused("unknown")
    return row, owner


def _count(db: Session, row: Passkey, count: int, backed_up: bool, now: datetime) -> bool:
    """Move the counter on; False when it doesn't move: then the key exists twice. Many passkeys stay at 0."""
    moved = db.execute(
        update(Passkey)
        .where(
            Passkey.id == row.id,
            Passkey.sign_count < count if count else Passkey.sign_count == 0,
        )
        .values(sign_count=count, backed_up=backed_up, last_used_at=now)
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]


def _read(answer: str) -> dict[str, Any]:
    """The credential as the browser gave it: an object with a response and an id that could be one."""
    if len(answer) > LONGEST_ANSWER:
        raise Refused("wrong")
    try:
        given = json.loads(answer)
    except (ValueError, RecursionError):
        raise Refused("wrong") from None
    if not isinstance(given, dict) or not isinstance(given.get("response"), dict):
        raise Refused("wrong")
    if not isinstance(given.get("id"), str) or not _ID.match(given["id"]):
        raise Refused("wrong")
    return given


def _transports(given: Mapping[str, Any]) -> list[str]:
    """What the browser says of the ways to the authenticator, of the known ones each once."""
    named = given["response"].get("transports")
    texts = {name for name in named if isinstance(name, str)} if isinstance(named, list) else set()
    return sorted(texts & {transport.value for transport in AuthenticatorTransport})


def _descriptor(row: Passkey) -> PublicKeyCredentialDescriptor:
    transports = [AuthenticatorTransport(name) for name in row.transports]
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(row.credential_id), transports=transports or None)


def _plain(options: Any) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(options_to_json(options))
    return plain


def _milliseconds() -> int:
    return int(LIFETIME.total_seconds() * 1000)


@contextmanager
def _judging() -> Iterator[None]:
    """Around what reads a stranger's bytes and nothing else: whatever it raises means that they are refused.

    Besides the library's own errors these are Python's (RecursionError for nested JSON) and cryptography's.
    """
    try:
        yield
    except Exception as error:
        log.info("a passkey was refused: %s", type(error).__name__)
        raise Refused("wrong") from error
