"""Columns that many tables share."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ColumnElement, ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from riskportal.db.types import BigId

# No vowels and no look-alikes: an id never spells a word and can be read out.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
PUBLIC_ID_LENGTH = 20


def new_public_id() -> str:
    """An unguessable id for URLs: 20 of 27 characters, 95 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(PUBLIC_ID_LENGTH))


class Identified:
    """A database id that never leaves the server."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)


class PublicId(Identified):
    """A database id, and the public id that stands in addresses."""

    public_id: Mapped[str] = mapped_column(String(PUBLIC_ID_LENGTH), unique=True, default=new_public_id)


class Timestamps:
    """When the row was written and last changed (UTC); filled from the session's clock before each flush."""

    created_at: Mapped[datetime] = mapped_column()
    updated_at: Mapped[datetime] = mapped_column()


class TenantOwned:
    """A row of one tenant; the guard filters every statement by it."""

    @declared_attr
    def tenant_id(cls) -> Mapped[int]:
        return mapped_column(BigId, ForeignKey("tenants.id", ondelete="RESTRICT"), index=False)


class BillGroupOwned(TenantOwned):
    """A row of one bill group of a tenant; the guard filters by both."""

    @declared_attr
    def bill_group_id(cls) -> Mapped[int]:
        return mapped_column(BigId, ForeignKey("bill_groups.id", ondelete="RESTRICT"), index=False)


class Limitable(BillGroupOwned):
    """A record, or a part of one, that somebody's access can be limited to (RecordKind with a `listing`).

    In the session of a limited reader the guard adds `within` to every statement on the model.
    """

    # The RecordKind whose public ids decide.
    limit_kind: ClassVar[str]

    @classmethod
    def within(cls, public_ids: Collection[str]) -> ColumnElement[bool]:
        """The condition that a row belongs to one of these records; a part of a record asks for its whole."""
        return cls.public_id.in_(public_ids)  # type: ignore[attr-defined]


class BillGroupOptional(TenantOwned):
    """A row of one bill group, or of the tenant itself when `bill_group_id` is empty (mails, files, jobs, audit).

    A bill group's session sees its own rows only, a tenant's session those that belong to no bill group.
    """

    @declared_attr
    def bill_group_id(cls) -> Mapped[int | None]:
        return mapped_column(BigId, ForeignKey("bill_groups.id", ondelete="RESTRICT"))
