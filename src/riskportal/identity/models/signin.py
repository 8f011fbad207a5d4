"""How a browser comes in, and what it is then: requests, second steps, links, sessions, previews."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from riskportal.db.base import Base
from riskportal.db.mixins import Identified, PublicId, TenantOwned
from riskportal.db.types import BigId
from riskportal.identity.models.people import EMAIL_LENGTH, User


class SignInRequest(Identified, TenantOwned, Base):
    """A request for a sign-in link, kept for known and unknown addresses alike.

    Link token, code and the asking browser are stored as hashes only. A newer request for the
    same address voids the older ones.
    """

    __tablename__ = "sign_in_requests"
    __table_args__ = (
        Index("ix_sign_in_requests_email", "tenant_id", "email", "requested_at"),
        Index("ix_sign_in_requests_browser", "tenant_id", "browser_hash"),
    )

    email: Mapped[str] = mapped_column(String(EMAIL_LENGTH))
    browser_hash: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    code_hash: Mapped[str | None] = mapped_column(String(64))
    code_tries: Mapped[int] = mapped_column(default=0)
    language: Mapped[str] = mapped_column(String(10))
    next_path: Mapped[str | None] = mapped_column(String(500))
    requested_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]


class UserSession(PublicId, TenantOwned, Base):
    """A signed-in browser. `kind` says which area it opens: the portal or the staff console.

    `method` is how the person came in (link, code, password, passkey, setup). `proved_at` is when they
    last proved who they are in this session: risky acts want that to be recent (identity.stepup).
    """

    __tablename__ = "user_sessions"
    __table_args__ = (
        CheckConstraint("kind IN ('portal', 'staff')", name="kind"),
        Index("ix_user_sessions_user", "tenant_id", "user_id", "created_at"),
    )

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    method: Mapped[str] = mapped_column(String(20), default="link")
    proved_at: Mapped[datetime | None]
    ip: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(Text)

    user: Mapped[User] = relationship()


class PendingSignIn(Identified, TenantOwned, Base):
    """A sign-in whose first step is done (link, code or password) and whose second step is still to come.

    Bound to the browser by `browser_hash`; five tries, five minutes, used once.
    """

    __tablename__ = "pending_sign_ins"
    __table_args__ = (Index("ix_pending_sign_ins_browser", "tenant_id", "browser_hash"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(10))
    method: Mapped[str] = mapped_column(String(20))
    browser_hash: Mapped[str] = mapped_column(String(64))
    next_path: Mapped[str | None] = mapped_column(String(500))
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise")


class OneTimeLink(Identified, TenantOwned, Base):
    """A link that does one thing once: `purpose` is staff_setup or email_change. Stored as a hash."""

    __tablename__ = "one_time_links"
    __table_args__ = (Index("ix_one_time_links_user", "tenant_id", "user_id", "purpose"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="RESTRICT"))
    purpose: Mapped[str] = mapped_column(String(20))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise")


class KnownDevice(Identified, TenantOwned, Base):
    """A browser from which a user has come in before; another one is worth a mail."""

    __tablename__ = "known_devices"
    __table_args__ = (UniqueConstraint("user_id", "device_hash"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="RESTRICT"))
    device_hash: Mapped[str] = mapped_column(String(64))
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class PreviewSession(PublicId, TenantOwned, Base):
    """A staff member looking at one bill group's portal, as a role or as one person (`email`). It only reads.

    Quarter of an hour, a cookie of its own; it ends early when the staff member's own access ends.
    """

    __tablename__ = "preview_sessions"
    __table_args__ = (CheckConstraint("(role IS NULL) <> (email IS NULL)", name="viewer"),)

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="RESTRICT"))
    bill_group_id: Mapped[int] = mapped_column(BigId, ForeignKey("bill_groups.id", ondelete="RESTRICT"))
    role: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    staff_user: Mapped[User] = relationship(lazy="raise")
