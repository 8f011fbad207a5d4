"""Risky acts want a recent proof of who is at the keyboard, not only an open session.

A page asks for a proof that is at most ten minutes old; its form may then be sent for half an hour, so
that nobody loses what they typed. Source: OWASP ASVS 5.0, 7.5.3.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from riskportal.identity.models import UserSession

TO_OPEN = timedelta(minutes=10)
TO_SEND = timedelta(minutes=30)


def is_fresh(session: UserSession, now: datetime, *, sending: bool) -> bool:
    """Whether the session's last proof is recent enough to open a page, or to send its form."""
    return session.proved_at is not None and session.proved_at > now - (TO_SEND if sending else TO_OPEN)


def prove(session: UserSession, now: datetime) -> None:
    """Note that the person has just proved who they are."""
    session.proved_at = now
