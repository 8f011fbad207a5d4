"""Users, what lets them in, and how they prove who they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from riskportal.db.base import Base
from riskportal.db.mixins import Identified, PublicId, TenantOwned, Timestamps
from riskportal.db.types import BigId

EMAIL_LENGTH = 254


class User(PublicId, TenantOwned, Timestamps, Base):
    """A login of one tenant, known by its canonical e-mail address."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("tenant_id", "email"),)

    email: Mapped[str] = mapped_column(String(EMAIL_LENGTH))
    name: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(10))
    disabled_at: Mapped[datetime | None]


class AccessRule(PublicId, TenantOwned, Timestamps, Base):
    """Lets one address, or every personal address of one domain, into a bill group with a role.

    Not a BillGroupOwned row: rules decide which bill groups a user reaches, so they are read across them.
    """

    __tablename__ = "access_rules"
    __table_args__ = (
        CheckConstraint("kind IN ('domain', 'email')", name="kind"),
        UniqueConstraint("bill_group_id", "kind", "value"),
        Index("ix_access_rules_value", "tenant_id", "value", "kind"),
    )

    bill_group_id: Mapped[int] = mapped_column(BigId, ForeignKey("bill_groups.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(EMAIL_LENGTH))
    role: Mapped[str] = mapped_column(String(40))
    expires_at: Mapped[datetime | None]


class StaffMember(Identified, TenantOwned, Timestamps, Base):
    """A user who works for the tenant, with a staff role."""

    __tablename__ = "staff_members"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="RESTRICT"))
    role: Mapped[str] = mapped_column(String(40))


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
    """A signed-in browser. `kind` says which area it opens: the portal or the staff console."""

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
    ip: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(Text)

    user: Mapped[User] = relationship()


class ApiToken(PublicId, TenantOwned, Timestamps, Base):
    """A program's key to the JSON API: named permissions, stored as a hash, shown once."""

    __tablename__ = "api_tokens"

    name: Mapped[str] = mapped_column(String(200))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    permissions: Mapped[list[str]] = mapped_column(JSON)
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
