"""Checking an address with its password, for portal and console: one answer and one amount of work for everybody."""

from __future__ import annotations

from typing import Any

from riskportal.forms import Problem
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
    limits.check_all(request, "password")
    limits.check(request, "password.address", counted_as(request, email, user))
    right = matches(request, user, password)
    # Asked about nobody as well: the statements take as long.
    somebody = user or User(id=0, email=email)
    enough, app = may_enter(request.db, somebody, kind, request.clock.now()), totp.is_on(request.db, somebody)
    if user is not None and right and enough and (kind == "portal" or app):
        return user
    request.enqueue("core.note_failed_sign_in", email=email, kind=kind, ip=request.remote_addr)
    raise Problem({"password": WRONG_PASSWORD[kind]}, keep=True)


def matches(request: Any, user: User | None, password: str) -> bool:
    """Whether this is the user's password; TooMany when the machine has no hand free to compare it."""
    try:
        return passwords.verify(request.db, user, password)
    except passwords.Busy:
        raise limits.TooMany(passwords.SOON) from None


def counted_as(request: Any, email: str, user: User | None) -> str:
    """What tries to come in as an address count under. Those from a browser that the user came in from before count
    by themselves: whoever asks or fails elsewhere on purpose can't lock the user out."""
    device = cookies.read(request, cookies.DEVICE)
    known = device is not None and devices.is_known(request.db, user.id if user is not None else 0, device)
    return f"{email} {hashed(device)}" if known and device else email
