"""What a person proves with who they are: password, passkeys, authenticator app, recovery codes.

Rows of their own, so that no page that loads a user ever holds a hash or a key.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from riskportal.db.base import Base
from riskportal.db.mixins import Identified, PublicId, TenantOwned
from riskportal.db.types import BigId

# WebAuthn level 3, 5.8.3: at most 1023 bytes; base64url makes four characters of three bytes.
CREDENTIAL_LENGTH = 1364


class Password(Identified, TenantOwned, Base):
    """A user's password as an Argon2id hash."""

    __tablename__ = "passwords"

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="RESTRICT"), unique=True)
    hash: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]


class Passkey(PublicId, TenantOwned, Base):
    """A WebAuthn credential. Id and key are base64url; `sign_count` is the authenticator's last counter."""

    __tablename__ = "passkeys"
    __table_args__ = (
        UniqueConstraint("tenant_id", "credential_id"),
        Index("ix_passkeys_user", "tenant_id", "user_id"),
    )

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(80))
    credential_id: Mapped[str] = mapped_column(String(CREDENTIAL_LENGTH))
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int]
    transports: Mapped[list[str]] = mapped_column(JSON)
    backed_up: Mapped[bool]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class PasskeyChallenge(Identified, TenantOwned, Base):
    """A challenge given to one browser, used once, gone after five minutes.

    `purpose` is register, sign_in or step_up; `user_id` is None as long as nobody is known (sign_in).
    """

    __tablename__ = "passkey_challenges"

    challenge: Mapped[str] = mapped_column(String(100), unique=True)
    purpose: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("users.id", ondelete="RESTRICT"))
    browser_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Totp(Identified, TenantOwned, Base):
    """An authenticator app (RFC 6238), kept once its first code was right; `last_step` stops replays."""

    __tablename__ = "totps"

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="RESTRICT"), unique=True)
    secret_sealed: Mapped[str] = mapped_column(Text)
    last_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class RecoveryCode(Identified, TenantOwned, Base):
    """A code that replaces the second step once. Stored as a keyed hash."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="RESTRICT"))
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
