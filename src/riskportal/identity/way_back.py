"""Ways back for somebody who lost what they sign in with.

One of the staff gets a set-up link: what they choose behind it takes the place of everything that they signed in
with before. Customers come in by mail anyway; for one who lost phone and recovery codes, staff take the second
step away. Either way every session ends, and what was begun with the old proofs, in the same transaction:
whoever found the lost device holds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from riskportal.identity import links, passkeys, passwords, recovery, totp
from riskportal.identity.directory import WorksHere
from riskportal.identity.models import OneTimeLink, User
from riskportal.identity.passkeys import RelyingParty
from riskportal.identity.proofs import Ways, begin_change, ways_of, works_here
from riskportal.identity.second_step import end_pending
from riskportal.identity.sessions import end_sessions


class LinkSpent(Exception):
    """Another window used the link first, or its time is over."""


class WrongCode(Exception):
    """This is no code of the authenticator app that is being set up."""


@dataclass(frozen=True)
class PasswordAndApp:
    """What was chosen: a password (`known` as passwords.known_words gives it), and the app with the base32 secret
    `shared`, whose first `code` was typed."""

    password: str
    known: Sequence[str]
    shared: str
    code: str


def set_up_by_passkey(
    db: Session, link: OneTimeLink, answer: str, name: str, party: RelyingParty, browser: str, now: datetime
) -> Ways:
    """Spend a set-up link for a passkey, alone from now on; returns the ways that ended.

    Raises passkeys.Refused (the link stays good) or LinkSpent.
    """
    user = link.user
    begin_change(db, user, None)
    before = ways_of(db, user)
    passkeys.register(db, user, answer, name, party, browser, now, via=None, alone=True)
    passwords.remove_password(db, user, via=None)
    totp.remove(db, user, via=None)
    recovery.remove(db, user, via=None)
    _finish(db, link, now)
    return before


def set_up_by_password(
    db: Session, link: OneTimeLink, chosen: PasswordAndApp, secret: str, now: datetime
) -> tuple[Ways, list[str]]:
    """Spend a set-up link for a password and an app, alone from now on; the ways that ended, and recovery codes.

    `secret` is the installation's. Raises passwords.WeakPassword, passwords.Busy, WrongCode or LinkSpent; roll
    back then.
    """
    user = link.user
    begin_change(db, user, None)
    before = ways_of(db, user)
    passwords.set_password(db, user, chosen.password, now, known=chosen.known, via=None)
    if not totp.enroll(db, user, chosen.shared, chosen.code, secret, now, via=None):
        raise WrongCode()
    codes = recovery.renew(db, user, secret, now, via=None)
    passkeys.remove_all(db, user)
    _finish(db, link, now)
    return before, codes


def take_second_step(db: Session, user: User, now: datetime) -> bool:
    """Take authenticator app and recovery codes of a customer away; False when there were none.

    From then on a mailed link or a password opens the portal by itself. WorksHere for staff, whose way back is the
    set-up link.
    """
    begin_change(db, user, None)
    if works_here(db, user):
        raise WorksHere()
    had_codes = recovery.left(db, user) > 0
    recovery.remove(db, user, via=None)
    if not totp.remove(db, user, via=None) and not had_codes:
        return False
    _end_what_was_open(db, user, now)
    return True


def _finish(db: Session, link: OneTimeLink, now: datetime) -> None:
    if not links.spend(db, link, now):
        raise LinkSpent()
    _end_what_was_open(db, link.user, now)


def _end_what_was_open(db: Session, user: User, now: datetime) -> None:
    """Sessions, second steps to come, and links: one to another address would carry the login off."""
    end_sessions(db, user, now)
    end_pending(db, user, now)
    links.end_links(db, user, now)
