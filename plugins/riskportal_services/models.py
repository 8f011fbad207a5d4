"""Tables of the services module, and the words for their states and cycles in one place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from riskportal.db.base import Base
from riskportal.db.mixins import Identified, Limitable, PublicId, TenantOwned, Timestamps
from riskportal.db.types import BigId
from riskportal.plug import Message, _

NAME_LENGTH = 200
# The longest host name (RFC 1035), because a label is most often a domain.
LABEL_LENGTH = 253


@dataclass(frozen=True)
class State:
    """How a state is shown (`tone` is one of riskportal.plug.declarations.TONES), and whether it is past."""

    label: Message
    tone: str
    past: bool = False


@dataclass(frozen=True)
class Cycle:
    """A billing cycle: `label` stands alone, `word` inside a sentence, `price` around an amount."""

    label: Message
    word: Message
    price: Message


SERVICE_STATES = {
    "pending": State(_("Being set up"), "wait"),
    "active": State(_("Active"), "good"),
    "suspended": State(_("Suspended"), "bad"),
    "failed_setup": State(_("Setup failed"), "bad"),
    "cancelled": State(_("Cancelled"), "quiet", past=True),
    "terminated": State(_("Ended"), "quiet", past=True),
}
# What needs someone: shown on the home page until it is settled.
TROUBLED_STATES = ("failed_setup", "suspended")

PROJECT_STATES = {
    "planned": State(_("Planned"), "quiet"),
    "active": State(_("Active"), "good"),
    "completed": State(_("Completed"), "good", past=True),
    "cancelled": State(_("Cancelled"), "quiet", past=True),
}

MILESTONE_STATES = {
    "planned": State(_("Planned"), "quiet"),
    "done": State(_("Done"), "good"),
    "invoiced": State(_("Invoiced"), "wait"),
    "paid": State(_("Paid"), "good"),
}

# Shortest first; `once` is no repetition and stands last.
CYCLES = {
    "monthly": Cycle(_("Monthly"), _("monthly"), _("{price} / month")),
    "quarterly": Cycle(_("Quarterly"), _("quarterly"), _("{price} / quarter")),
    "semiannually": Cycle(_("Half-yearly"), _("half-yearly"), _("{price} / half-year")),
    "annually": Cycle(_("Yearly"), _("yearly"), _("{price} / year")),
    "biennially": Cycle(_("Every two years"), _("every two years"), _("{price} / 2 years")),
    "triennially": Cycle(_("Every three years"), _("every three years"), _("{price} / 3 years")),
    "once": Cycle(_("Once"), _("once"), _("{price} once")),
}
ONCE = "once"

COVER_KINDS = {
    "hosting": _("Hosting"),
    "updates": _("Updates"),
    "backups": _("Backups"),
    "monitoring": _("Monitoring"),
    "support": _("Support"),
    "other": _("Other services"),
}


def _one_of(column: str, choices: dict[str, State] | dict[str, Cycle] | dict[str, Message]) -> CheckConstraint:
    words = ", ".join(f"'{choice}'" for choice in choices)
    return CheckConstraint(f"{column} IN ({words})", name=column)


class ServiceArea(PublicId, TenantOwned, Base):
    """A heading over products and projects ("Hosting", "Care"); the lightest `weight` comes first."""

    __tablename__ = "services_areas"
    __table_args__ = (Index("ix_services_areas_tenant", "tenant_id", "weight", "name"),)

    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    icon: Mapped[str] = mapped_column(String(40), default="services")
    weight: Mapped[int] = mapped_column(default=50)


class Product(PublicId, TenantOwned, Base):
    """Something the tenant offers; a line of `description` is a sentence about what it offers."""

    __tablename__ = "services_products"
    __table_args__ = (Index("ix_services_products_area", "area_id"),)

    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("services_areas.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    description: Mapped[str | None] = mapped_column(Text)

    area: Mapped[ServiceArea] = relationship(lazy="raise")


class CarePlan(Identified, TenantOwned, Base):
    """What a product covers besides running; `note` says what it doesn't."""

    __tablename__ = "services_care_plans"

    product_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("services_products.id", ondelete="RESTRICT"), unique=True
    )
    note: Mapped[str | None] = mapped_column(String(500))


class CarePlanItem(Identified, TenantOwned, Base):
    """One thing that a care plan covers; without a `label` the word of its `kind` names it."""

    __tablename__ = "services_care_plan_items"
    __table_args__ = (
        _one_of("kind", COVER_KINDS),
        Index("ix_services_care_plan_items_plan", "care_plan_id", "position"),
    )

    care_plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("services_care_plans.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    label: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    detail: Mapped[str | None] = mapped_column(String(500))


class Service(PublicId, Limitable, Timestamps, Base):
    """A product that a bill group has, at a price per cycle (minor units).

    All dates are local dates of the tenant. `next_due_on` is the first day not yet billed, `renews_on`
    the next contract renewal, counted in `term_months` from `term_anchor_on`; a service that doesn't
    renew by itself runs until `renews_on`.
    """

    __tablename__ = "services_services"
    limit_kind = "services.service"
    __table_args__ = (
        _one_of("state", SERVICE_STATES),
        _one_of("cycle", CYCLES),
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("term_months > 0", name="term"),
        CheckConstraint("(term_months IS NULL) = (term_anchor_on IS NULL)", name="anchor"),
        Index("ix_services_services_renews", "bill_group_id", "state", "renews_on"),
        Index("ix_services_services_due", "bill_group_id", "state", "next_due_on"),
        Index("ix_services_services_product", "product_id"),
        # The job looks for passed renewals across the tenant's bill groups.
        Index("ix_services_services_roll", "tenant_id", "state", "auto_renew", "renews_on"),
        # The staff's lists of all customers, with what they are filtered by: rare ones are found in the index.
        Index("ix_services_services_desk", "tenant_id", "name", "public_id", "state", "label"),
        Index("ix_services_services_desk_registered", "tenant_id", "registered_on", "public_id", "state"),
        # Rows that a search names.
        Index("ix_services_services_tenant", "tenant_id", "id"),
        Index("ix_services_services_desk_due", "tenant_id", "next_due_on", "public_id", "state"),
    )

    product_id: Mapped[int] = mapped_column(BigId, ForeignKey("services_products.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    label: Mapped[str | None] = mapped_column(String(LABEL_LENGTH))
    state: Mapped[str] = mapped_column(String(20))
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    cycle: Mapped[str] = mapped_column(String(20))
    registered_on: Mapped[date]
    next_due_on: Mapped[date | None]
    renews_on: Mapped[date | None]
    term_months: Mapped[int | None]
    term_anchor_on: Mapped[date | None]
    auto_renew: Mapped[bool] = mapped_column(default=True)
    ended_on: Mapped[date | None]

    product: Mapped[Product] = relationship(lazy="raise")


class Project(PublicId, Limitable, Timestamps, Base):
    """Work with an end, paid by milestones."""

    __tablename__ = "services_projects"
    limit_kind = "services.project"
    __table_args__ = (
        _one_of("state", PROJECT_STATES),
        Index("ix_services_projects_state", "bill_group_id", "state"),
        Index("ix_services_projects_area", "area_id"),
    )

    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("services_areas.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    description: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20))
    started_on: Mapped[date | None]
    finished_on: Mapped[date | None]

    area: Mapped[ServiceArea] = relationship(lazy="raise")


class Milestone(PublicId, Limitable, Base):
    """A step of a project and its amount (minor units); paid ones know the day."""

    __tablename__ = "services_milestones"
    limit_kind = "services.project"
    __table_args__ = (
        _one_of("state", MILESTONE_STATES),
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("state <> 'paid' OR paid_on IS NOT NULL", name="paid"),
        Index("ix_services_milestones_project", "project_id", "position"),
        Index("ix_services_milestones_state", "bill_group_id", "state", "paid_on"),
    )

    project_id: Mapped[int] = mapped_column(BigId, ForeignKey("services_projects.id", ondelete="RESTRICT"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(20))
    due_on: Mapped[date | None]
    done_on: Mapped[date | None]
    paid_on: Mapped[date | None]

    project: Mapped[Project] = relationship(lazy="raise")

    @classmethod
    def within(cls, public_ids: Collection[str]) -> ColumnElement[bool]:
        """A milestone is a part of its project."""
        return cls.project_id.in_(select(Project.id).where(Project.public_id.in_(public_ids)))
