"""Failures put into words that may be stored and shown: no secrets, no personal data, one line."""

from __future__ import annotations

import re

from sqlalchemy.exc import DBAPIError

LENGTH = 500

_HIDE = (
    (re.compile(r"//[^/\s@]*@"), "//***@"),  # user:password in a URL
    (re.compile(r"[^\s<>()\[\]:;,\"'=/*]+@[^\s<>()\[\]:;,\"']+"), "***@***"),  # mail addresses
    (re.compile(r"(?i)\b(password|passwd|secret|token|api[_-]?key|authorization)(\W+)\S+"), r"\1\2***"),
    (re.compile(r"(?=[A-Za-z0-9_\-]*[0-9])[A-Za-z0-9_\-]{24,}"), "***"),  # looks like a token
)


def describe(error: BaseException) -> str:
    """The kind of the error and the first line of its message, without what must not be kept."""
    # SQLAlchemy's own text would repeat the statement's parameters.
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lines = str(cause).strip().splitlines()
    return f"{type(cause).__name__}: {redact(lines[0])}"[:LENGTH] if lines else type(cause).__name__


def redact(text: str) -> str:
    """`text` without URL credentials, mail addresses and anything that looks like a token."""
    for pattern, replacement in _HIDE:
        text = pattern.sub(replacement, text)
    return text
