"""The tenant, its host names, its module switches and its settings."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from riskportal.db.base import Base
from riskportal.db.mixins import Identified, PublicId, TenantOwned, Timestamps


class Tenant(PublicId, Timestamps, Base):
    """A provider. `config_version` grows with every change of settings, switches or brand,
    so that processes know when what they remember is old."""

    __tablename__ = "tenants"

    name: Mapped[str] = mapped_column(String(200))
    legal_name: Mapped[str] = mapped_column(String(200))
    # The public address, no slash at the end; every link in a mail is built from it, never from a request.
    base_url: Mapped[str] = mapped_column(String(300))
    accent: Mapped[str] = mapped_column(String(7), default="#0b5d57")
    logo_sha256: Mapped[str | None] = mapped_column(String(64))
    logo_media_type: Mapped[str | None] = mapped_column(String(40))
    sender_name: Mapped[str] = mapped_column(String(200))
    sender_address: Mapped[str] = mapped_column(String(254))
    support_email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    address_line1: Mapped[str | None] = mapped_column(String(200))
    address_line2: Mapped[str | None] = mapped_column(String(200))
    postcode: Mapped[str | None] = mapped_column(String(20))
    city: Mapped[str | None] = mapped_column(String(100))
    country: Mapped[str] = mapped_column(String(2))
    vat_number: Mapped[str | None] = mapped_column(String(30))
    registration_number: Mapped[str | None] = mapped_column(String(60))
    iban: Mapped[str | None] = mapped_column(String(34))
    bic: Mapped[str | None] = mapped_column(String(11))
    time_zone: Mapped[str] = mapped_column(String(60))
    currency: Mapped[str] = mapped_column(String(3))
    languages: Mapped[list[str]] = mapped_column(JSON)
    config_version: Mapped[int] = mapped_column(default=1)


class TenantHost(Identified, TenantOwned, Base):
    """A host name (lower case A-label, no port) under which a tenant's portal answers."""

    __tablename__ = "tenant_hosts"

    host: Mapped[str] = mapped_column(String(253), unique=True)


class TenantModule(Identified, TenantOwned, Base):
    """A module switched on or off for a tenant; a module without a row is on."""

    __tablename__ = "tenant_modules"
    __table_args__ = (UniqueConstraint("tenant_id", "module"),)

    module: Mapped[str] = mapped_column(String(40))
    enabled: Mapped[bool]


class TenantSetting(Identified, TenantOwned, Base):
    """A tenant's value of a declared setting; absent means the declaration's default."""

    __tablename__ = "tenant_settings"
    __table_args__ = (UniqueConstraint("tenant_id", "key"),)

    key: Mapped[str] = mapped_column(String(80))
    value: Mapped[Any] = mapped_column(JSON)


class RolePermission(Identified, TenantOwned, Base):
    """A tenant's change to a role: `granted` adds a permission that the role lacks, else takes one away."""

    __tablename__ = "role_permissions"
    __table_args__ = (UniqueConstraint("tenant_id", "area", "role", "permission"),)

    area: Mapped[str] = mapped_column(String(10))
    role: Mapped[str] = mapped_column(String(40))
    permission: Mapped[str] = mapped_column(String(100))
    granted: Mapped[bool]
