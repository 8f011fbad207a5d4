"""Users, and what lets them in: access rules, memberships, staff, API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from riskportal.db.base import Base
from riskportal.db.mixins import Identified, PublicId, TenantOwned, Timestamps
from riskportal.db.types import BigId

EMAIL_LENGTH = 254


class User(PublicId, TenantOwned, Timestamps, Base):
    """A login of one tenant, known by its canonical e-mail address."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("tenant_id", "email"),
        Index("ix_users_created", "tenant_id", "created_at", "public_id"),
        Index("ix_users_tenant", "tenant_id", "id"),
    )

    email: Mapped[str] = mapped_column(String(EMAIL_LENGTH))
    name: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(10))
    time_zone: Mapped[str | None] = mapped_column(String(60))
    disabled_at: Mapped[datetime | None]


# The few whose login is off.
_OFF = User.disabled_at.is_not(None)
Index("ix_users_disabled", User.tenant_id, User.disabled_at, sqlite_where=_OFF, postgresql_where=_OFF)


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
    # Why an owner let in a domain under which anybody gets an address.
    override_reason: Mapped[str | None] = mapped_column(String(300))

    @property
    def names_people(self) -> bool:
        """Whether the people of the domain belong together, so that they may know of each other."""
        return self.kind == "domain" and self.override_reason is None


class Membership(PublicId, TenantOwned, Timestamps, Base):
    """One person's own rights in a bill group, given by its owner or by staff. It outranks every access rule.

        invited --(first sign-in)--> joined --> expired | revoked

    Either `role` or `permissions` is set. `limited_to` holds [kind, public id] pairs: the person then sees
    these records only. A revoked or expired membership keeps its person out even under a domain rule; a
    restored one lets them in again. Not a BillGroupOwned row, as access rules are none.
    """

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("(role IS NULL) <> (permissions IS NULL)", name="rights"),
        UniqueConstraint("bill_group_id", "email"),
        Index("ix_memberships_email", "tenant_id", "email"),
    )

    bill_group_id: Mapped[int] = mapped_column(BigId, ForeignKey("bill_groups.id", ondelete="RESTRICT"))
    email: Mapped[str] = mapped_column(String(EMAIL_LENGTH))
    name: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[str | None] = mapped_column(String(40))
    permissions: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    limited_to: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    expires_at: Mapped[datetime | None]
    invited_at: Mapped[datetime | None]
    invited_by: Mapped[str | None] = mapped_column(String(200))
    joined_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class StaffMember(Identified, TenantOwned, Timestamps, Base):
    """A user who works for the tenant, with a staff role."""

    __tablename__ = "staff_members"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="RESTRICT"))
    role: Mapped[str] = mapped_column(String(40))

    user: Mapped[User] = relationship(lazy="raise")


class ApiToken(PublicId, TenantOwned, Timestamps, Base):
    """A program's key to the JSON API: named permissions, stored as a hash, shown once."""

    __tablename__ = "api_tokens"

    name: Mapped[str] = mapped_column(String(200))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    permissions: Mapped[list[str]] = mapped_column(JSON)
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class NotificationChoice(Identified, TenantOwned, Base):
    """Whether a user wants mails of a category (riskportal.mail.categories); without a row they do."""

    __tablename__ = "notification_choices"
    __table_args__ = (UniqueConstraint("user_id", "category"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="RESTRICT"))
    category: Mapped[str] = mapped_column(String(40))
    wanted: Mapped[bool]


class SavedView(PublicId, TenantOwned, Timestamps, Base):
    """A staff member's named filter and order of one list of the console; `query` is its query string."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("user_id", "page", "name"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="RESTRICT"))
    page: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(1000))
