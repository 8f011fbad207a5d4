"""Rate limits that count in memory or Redis (`riskportal.rate_limits`), with the wait in seconds.

Sign-in: per address, per network (IPv4 /24, IPv6 /64), per region around it (/16, /48: what one customer of a
provider may have) and over all, so that neither one mailbox nor the mail server can be flooded, and nobody uses
up alone what all share. Source: reference list of attacks, A12.
"""

from __future__ import annotations

import time
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Any

from limits import RateLimitItem, parse_many
from limits.errors import ConfigurationError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from pyramid.httpexceptions import HTTPTooManyRequests

RULES = {
    "sign_in.address": "3 per 15 minutes; 10 per day",
    "sign_in.network": "20 per 15 minutes; 200 per day",
    "sign_in.region": "120 per 15 minutes; 1200 per day",
    "sign_in.global": "300 per minute",
    "sign_in.confirm": "30 per 15 minutes",
    "password.address": "10 per 15 minutes; 50 per day",
    "password.network": "60 per 15 minutes; 500 per day",
    "password.region": "300 per 15 minutes; 3000 per day",
    "password.global": "300 per minute",
    "second.network": "60 per 15 minutes",
    "second.user": "10 per 15 minutes; 50 per day",
    "proof.user": "10 per 15 minutes; 50 per day",
    "proof.mail": "3 per 15 minutes; 10 per day",
    "passkey.network": "120 per 15 minutes",
    "set_up.network": "60 per 15 minutes",
    "email_change": "5 per hour; 10 per day",
    "password.new": "20 per 15 minutes",
    "password_strength": "60 per minute",
    "vat_check": "3 per 10 minutes; 10 per day",
    "mail.copy": "10 per hour; 30 per day",
    "people.invite": "30 per hour; 100 per day",
    "people.resend": "2 per 15 minutes; 6 per day",
    "public": "120 per minute",
}


class RateLimits:
    """Counts hits per rule and key; ValueError when there is no such storage."""

    def __init__(self, storage: str) -> None:
        try:
            self._limiter = MovingWindowRateLimiter(storage_from_string(storage))
        except ConfigurationError as error:
            raise ValueError(f"riskportal.rate_limits: {storage!r} can't be used ({error})") from error
        self._rules: dict[str, list[RateLimitItem]] = {name: parse_many(text) for name, text in RULES.items()}

    def hit(self, rule: str, key: str) -> int:
        """Count a hit; 0 when it is within the limits, else the seconds to wait.

        A refused hit counts nowhere: knocking on during a short wait must not use up the day.
        """
        items = self._rules[rule]
        full = [item for item in items if not self._limiter.test(item, rule, key)]
        if not full:
            full = [item for item in items if not self._limiter.hit(item, rule, key)]
        if not full:
            return 0
        resets = [self._limiter.get_window_stats(item, rule, key).reset_time for item in full]
        return max(ceil(max(resets) - time.time()), 1)


class TooMany(HTTPTooManyRequests):
    """Too many tries; carries Retry-After."""

    def __init__(self, seconds: int) -> None:
        super().__init__(headers={"Retry-After": str(seconds)})
        self.seconds = seconds


def check(request: Any, rule: str, key: str) -> None:
    """Count a hit of this request's tenant; raises TooMany with the wait."""
    wait = request.registry.portal.limits.hit(rule, f"{request.tenant.id}:{key}")
    if wait:
        raise TooMany(wait)


def check_all(request: Any, what: str) -> None:
    """Count a hit of the client's network, of the region around it, and over all; raises TooMany."""
    check(request, f"{what}.network", network_of(request.remote_addr))
    check(request, f"{what}.region", _part(request.remote_addr, 16, 48))
    check(request, f"{what}.global", "all")


def network_of(address: str | None) -> str:
    """The network a client is counted under: its /24, or /64 for IPv6, where one customer has them all."""
    return _part(address, 24, 64)


def _part(address: str | None, v4: int, v6: int) -> str:
    """The network of these lengths that an address is in.

    An IPv4 address in IPv6 clothes (::ffff:192.0.2.1) counts as itself: else all of IPv4 were one network.
    """
    try:
        parsed = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    return str(ip_network(f"{parsed}/{v4 if parsed.version == 4 else v6}", strict=False))
