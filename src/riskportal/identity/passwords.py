"""Passwords: optional for customers, half of a way in for staff (the other half is an authenticator app).

Kept as Argon2id hashes, compared exactly as typed: nothing is cut off, trimmed or folded. Sources: OWASP
Password Storage Cheat Sheet (19 MiB, 2 passes, 1 lane), OWASP ASVS 5.0 6.2.1-6.2.12, NIST SP 800-63B-4 3.1.1.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from zxcvbn import zxcvbn  # type: ignore[import-untyped]

from riskportal.identity.models import Password, User, UserSession
from riskportal.identity.proofs import begin_change
from riskportal.identity.second_step import end_pending
from riskportal.plug.messages import Message, _

SHORTEST = 12  # characters
LONGEST = 4096  # bytes in UTF-8
# Below it an attacker with the hash needs less than 10^8 guesses (zxcvbn's scale of 0 to 4).
WEAKEST = 3
# As many characters at least must not belong to the user's or the provider's name.
UNKNOWN_PART = 8
# zxcvbn judges no more than this many characters, and no more kinds of signs that may stand for letters: it tries
# every reading of them, which takes seconds for a long row of such signs and milliseconds within these bounds.
JUDGED = 32
LEET = "4@8({[<369!1|0$5+7%2"
MOST_LEET = 4
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Each hash takes 19 MiB and some 50 ms of one core: a flood of tries waits here instead of taking the machine.
AT_ONCE = 4
PATIENCE = 10.0  # seconds
# Seconds until whoever waited in vain may try again.
SOON = 5
# Compared when there is no password, so that a stranger's address costs as much time as a customer's.
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$alIiQTFSQKud6Wrou4fV4w$M5j+Ya/GaQfXJMCppidzRaI3OL36JnNBIbrYDKH5TUE"

_ADVICE = _("Three or four words that don't belong together are strong, and easy to remember.")
_REASONS = {
    "own": _("This is built from your name, your address or our name: such passwords are tried first."),
    "dictionary": _("This is built from words and passwords that are tried first."),
    "spatial": _("Rows of keys are tried first."),
    "repeat": _("Repeats are tried first."),
    "sequence": _("Sequences such as abc or 6543 are tried first."),
    "date": _("Dates are tried first."),
    "regex": _("Years are tried first."),
}

_places = threading.BoundedSemaphore(AT_ONCE)


class WeakPassword(ValueError):
    """A new password can't be used; `message` says why and what to write instead."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class Busy(Exception):
    """Too many passwords are being compared at this moment; trying again soon helps."""


def strength(password: str, known: Sequence[str] = ()) -> tuple[int, Message | None]:
    """0 (guessed at once) to 4, and why a new password can't be used, None when it can.

    `known` are words that belong to the user or the provider. What can't be used is never called strong: zxcvbn,
    which judges here, may think better of a long row of one's own names.
    """
    judged = _judge(password, known)
    problem = _objection(password, known, judged)
    score = int(judged["score"])
    return (score, None) if problem is None else (min(score, WEAKEST - 1), problem)


def objection(password: str, known: Sequence[str] = ()) -> Message | None:
    """Why a new password can't be used, None when it can."""
    return strength(password, known)[1]


def _objection(password: str, known: Sequence[str], judged: dict[str, Any]) -> Message | None:
    if len(password) < SHORTEST:
        return _("Please use at least {n} characters. {advice}", n=SHORTEST, advice=_ADVICE)
    if len(_bytes(password)) > LONGEST:
        return _("This is longer than {n} characters. A shorter one is just as safe.", n=LONGEST)
    own = _mostly_known(password, known)
    if judged["score"] >= WEAKEST and not own:
        return None
    return _("{reason} {advice}", reason=_REASONS["own"] if own else _reason(judged), advice=_ADVICE)


def known_words(user: User, *others: str) -> list[str]:
    """What a guesser knows about a user: address and name with their parts, and `others` (the provider's name)."""
    whole = [user.email, user.email.partition("@")[0], user.name or "", *others]
    parts = [part for text in whole for part in text.replace("@", " ").replace(".", " ").split()]
    return [word.lower() for word in (*whole, *parts) if len(word) > 2]


def set_password(
    db: Session, user: User, password: str, now: datetime, *, known: Sequence[str], via: UserSession | None
) -> None:
    """Give the user this password, instead of an earlier one. WeakPassword says what is wrong with it.

    `known` comes from `known_words`; for `via` see proofs.begin_change.
    """
    begin_change(db, user, via)
    problem = objection(password, known)
    if problem is not None:
        raise WeakPassword(problem)
    row = db.scalar(select(Password).where(Password.user_id == user.id).with_for_update())
    made = _hash(password)
    # Whoever has typed the old one waits for the second step in vain.
    end_pending(db, user, now)
    if row is None:
        db.add(Password(user_id=user.id, hash=made, changed_at=now))
        db.flush()
    else:
        row.hash, row.changed_at = made, now


def verify(db: Session, user: User | None, password: str) -> bool:
    """Whether this is the user's password. The same work for nobody, and for a user without one; Busy when flooded.

    A hash that was made with other settings is made anew.
    """
    row = db.scalar(select(Password).where(Password.user_id == user.id)) if user is not None else None
    fits = len(_bytes(password)) <= LONGEST
    right = _matches(row.hash if row is not None else NOBODYS, password if fits else "")
    if row is None or not fits or not right:
        return False
    if HASHER.check_needs_rehash(row.hash):
        row.hash = _hash(password)
    return True


def remove_password(db: Session, user: User, *, via: UserSession | None) -> bool:
    """Take the user's password away; False when they have none. For `via` see proofs.begin_change."""
    begin_change(db, user, via)
    result = db.execute(delete(Password).where(Password.user_id == user.id))
    return bool(result.rowcount)  # type: ignore[attr-defined]


def _judge(password: str, known: Sequence[str]) -> dict[str, Any]:
    return zxcvbn(_judgeable(password[:JUDGED]) or " ", user_inputs=list(known))


def _judgeable(text: str) -> str:
    """The text with a neutral sign for all but the first few kinds of signs that may stand for letters."""
    kinds = [sign for sign in dict.fromkeys(text) if sign in LEET]
    return text.translate({ord(sign): "~" for sign in kinds[MOST_LEET:]})


def _mostly_known(password: str, known: Sequence[str]) -> bool:
    """Whether little is left of it without the words that a guesser knows (ASVS 6.2.11)."""
    rest = password.lower()
    for word in sorted(known, key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(rest) < min(len(password), UNKNOWN_PART)


def _reason(judged: dict[str, Any]) -> Message:
    """The word for the part of the password that gives most of it away."""
    longest = max(judged["sequence"], key=lambda part: len(part["token"]))
    kind = longest["pattern"]
    if longest.get("dictionary_name") == "user_inputs":
        kind = "own"
    return _REASONS.get(kind) or _("This is easy to guess.")


def _bytes(password: str) -> bytes:
    """What is hashed. Halves of surrogate pairs are no text, but they must not break anything either."""
    return password.encode("utf-8", "surrogatepass")


@contextmanager
def _a_place() -> Iterator[None]:
    if not _places.acquire(timeout=PATIENCE):
        raise Busy()
    try:
        yield
    finally:
        _places.release()


def _hash(password: str) -> str:
    with _a_place():
        return HASHER.hash(_bytes(password))


def _matches(known: str, password: str) -> bool:
    with _a_place():
        try:
            return HASHER.verify(known, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
