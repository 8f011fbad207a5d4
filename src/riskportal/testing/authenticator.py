"""A passkey authenticator in software: makes and uses passkeys as a browser's would, and lies where a test wants it.

Sources: W3C Web Authentication level 3, 6.1 (authenticator data), 6.5.4 (attestation object), 5.8.1 (client data).
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Credential:
    """A passkey as its authenticator keeps it."""

    id: bytes
    key: ec.EllipticCurvePrivateKey
    handle: bytes
    count: int = 0


@dataclass
class Authenticator:
    """Makes passkeys for the page at `origin` and signs its challenges."""

    origin: str
    credentials: list[Credential] = field(default_factory=list)
    counts: bool = True

    @property
    def host(self) -> str:
        """The page's host name."""
        return self.origin.partition("://")[2].partition(":")[0]

    def make(self, options: dict[str, Any], *, verified: bool = True, **lies: Any) -> str:
        """What `navigator.credentials.create` gives for these options, as JSON.

        Lies: `rp_id`, `origin`, `challenge` (base64url), `type`, `id_bytes` (how long the credential's id is).
        """
        key = ec.generate_private_key(ec.SECP256R1())
        made = Credential(
            secrets.token_bytes(lies.get("id_bytes", 32)), key, base64url_to_bytes(options["user"]["id"])
        )
        self.credentials.append(made)
        numbers = key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        flags = PRESENT | ATTESTED | (VERIFIED if verified else 0)
        attested = bytes(16) + len(made.id).to_bytes(2, "big") + made.id + cbor2.dumps(cose)
        data = self._data(flags, 0, lies.get("rp_id")) + attested
        return _credential(
            made,
            clientDataJSON=self._client_data("webauthn.create", options, lies),
            attestationObject=cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data}),
        )

    def sign(
        self, options: dict[str, Any], *, verified: bool = True, by: Credential | None = None, **lies: Any
    ) -> str:
        """What `navigator.credentials.get` gives for these options, as JSON; with the newest passkey unless `by`.

        Lies: `rp_id`, `origin`, `challenge` (base64url), `type`, `count`, `handle` (None leaves it out).
        """
        used = by or self.credentials[-1]
        used.count += 1 if self.counts else 0
        data = self._data(PRESENT | (VERIFIED if verified else 0), lies.get("count", used.count), lies.get("rp_id"))
        client = self._client_data("webauthn.get", options, lies)
        signature = used.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        handle = lies.get("handle", used.handle)
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return _credential(used, **parts, **({"userHandle": handle} if handle is not None else {}))

    def _data(self, flags: int, count: int, rp_id: str | None) -> bytes:
        return sha256((rp_id or self.host).encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: dict[str, Any], lies: dict[str, Any]) -> bytes:
        told = {
            "type": lies.get("type", kind),
            "challenge": lies.get("challenge", options["challenge"]),
            "origin": lies.get("origin", self.origin),
            "crossOrigin": False,
        }
        return json.dumps(told).encode()


def _credential(made: Credential, **response: bytes) -> str:
    name = bytes_to_base64url(made.id)
    parts = {key: bytes_to_base64url(value) for key, value in response.items()}
    return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": parts})
