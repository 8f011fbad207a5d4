"""Secrets that are handed out and kept only as hashes."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

# No 0/O, 1/I/L, U/V: read from one screen and typed into another.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
CODE_LENGTH = 8


def new_token() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """8 characters, 38 bits: enough with five tries and ten minutes."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def clean_code(typed: str) -> str:
    """What somebody typed, without spaces and hyphens, in capitals."""
    return typed.upper().replace(" ", "").replace("-", "")[:40]


def hashed(token: str) -> str:
    """The stored form of a 256-bit token; no salt is needed for a secret of that size."""
    return sha256(token.encode()).hexdigest()


def keyed_hash(secret: str, purpose: str, value: str) -> str:
    """An HMAC of a short value (a code), useless without the installation's secret."""
    return hmac.new(secret.encode(), f"{purpose}\0{value}".encode(), sha256).hexdigest()
