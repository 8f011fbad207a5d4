"""Addresses that may stand in a header and in an envelope, exactly as they are stored."""

from __future__ import annotations

import re

from riskportal.mail.rendering import MailError

# Narrower than RFC 5321: no quoted local parts, no comments, no lists, nothing that ends a line.
_ADDRESS = re.compile(
    r"[^\s\x00-\x20\x7f-\x9f\"(),:;<>@\[\\\]]{1,64}@[^\s\x00-\x20\x7f-\x9f\"(),:;<>@\[\\\]]{1,253}\Z"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def check_address(address: str) -> str:
    """The address unchanged; MailError when it isn't one plain address."""
    if not _ADDRESS.match(address) or _CONTROL.search(address):
        raise MailError("that isn't one plain mail address")
    return address


def check_name(name: str) -> str:
    """A sender's display name unchanged; MailError when it holds control characters."""
    if _CONTROL.search(name):
        raise MailError("a sender's name can't hold control characters")
    return name


def ascii_domain(address: str) -> str:
    """The address's domain in ASCII (A-labels), for a Message-ID."""
    domain = address.rpartition("@")[2]
    try:
        return domain.encode("ascii").decode()
    except UnicodeEncodeError:
        return domain.encode("idna").decode()
