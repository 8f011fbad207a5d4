"""Secrets at rest: encrypted with a key derived from the installation's secret."""

from __future__ import annotations

import base64
import json

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# A purpose names the use, so that no other key derived from the same secret is this one.
MAIL = b"riskportal/mail-secrets/1"


class SealBroken(ValueError):
    """The sealed text can't be opened: the installation's secret has changed, or it isn't of this owner."""


class Seal:
    """Seals values for one owner (a mail's Message-ID, a user), so that a sealed text can't be moved to another."""

    def __init__(self, secret: str, purpose: bytes = MAIL) -> None:
        if not secret:
            raise ValueError("riskportal.secret is empty: set it, secrets at rest are encrypted with it")
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, owner: str, values: dict[str, str]) -> str:
        """Encrypt `values` for `owner`."""
        return self._fernet.encrypt(json.dumps([owner, values]).encode()).decode()

    def open(self, owner: str, sealed: str) -> dict[str, str]:
        """The sealed values; SealBroken when they can't be opened for this owner."""
        try:
            sealed_for, values = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            raise SealBroken("the secrets were sealed with another riskportal.secret") from None
        if sealed_for != owner:
            raise SealBroken("the secrets belong to another owner")
        opened: dict[str, str] = values
        return opened
