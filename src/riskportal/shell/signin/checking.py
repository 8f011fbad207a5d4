"""Checking an address with its password, for portal and console: one answer and one amount of work for everybody."""

from __future__ import annotations

from typing import Any

from riskportal.forms.form import Problem
from riskportal.identity import devices, passwords, totp
from riskportal.identity.models import User
from riskportal.identity.second_step import may_enter
from riskportal.identity.tokens import hashed
from riskportal.identity.users import find_user
from riskportal.security import cookies, limits
from riskportal.shell.signin.words import WRONG_PASSWORD


def checked(request: Any, email: str, password: str, kind: str) -> User:
    """The user whose password this is and who may have a session of `kind`; Problem for everybody else.

    For the console a password counts only beside an authenticator app. What comes of a wrong one is noted by a
    job, for known and unknown addresses alike, so that the answer takes as long for both.
    """
    user = find_user(request.db, email)
    _limit(request, email, user)
    right = matches(request, user, password)
    enough = user is not None and may_enter(request.db, user, kind, request.clock.now())
    if right and enough and user is not None and (kind == "portal" or totp.is_on(request.db, user)):
        return user
    request.enqueue("core.note_failed_sign_in", email=email, kind=kind, ip=request.remote_addr)
    raise Problem({"password": WRONG_PASSWORD}, keep=True)


def matches(request: Any, user: User | None, password: str) -> bool:
    """Whether this is the user's password; TooMany when the machine has no hand free to compare it."""
    try:
        return passwords.verify(request.db, user, password)
    except passwords.Busy:
        raise limits.TooMany(passwords.SOON) from None


def _limit(request: Any, email: str, user: User | None) -> None:
    """Count the try. Tries from a browser that the user came in from before count by themselves: whoever fails
    elsewhere on purpose can't lock the user out."""
    limits.check(request, "password.network", limits.network_of(request.remote_addr))
    limits.check(request, "password.global", "all")
    device = cookies.read(request, cookies.DEVICE)
    known = user is not None and device is not None and devices.is_known(request.db, user, device)
    limits.check(request, "password.address", f"{email} {hashed(device)}" if known and device else email)
