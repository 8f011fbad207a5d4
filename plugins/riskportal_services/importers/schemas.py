"""The records of the four sections, as colander schemas."""

from __future__ import annotations

from riskportal.portfolio.fields import (
    Amount,
    Currency,
    Flag,
    LocalDate,
    NewRef,
    OneOf,
    PartSchema,
    RecordSchema,
    Ref,
    Text,
    Whole,
    optional,
    required,
    several,
)
from riskportal_services.models import (
    COVER_KINDS,
    CYCLES,
    LABEL_LENGTH,
    MILESTONE_STATES,
    NAME_LENGTH,
    PROJECT_STATES,
    SERVICE_STATES,
)

AREAS = "service_areas"
PRODUCTS = "products"
SERVICES = "services"
PROJECTS = "projects"
# No section of its own: milestones stand inside their project, under refs that invoice lines may name.
MILESTONES = "milestones"

DESCRIPTION_LENGTH = 4000
NOTE_LENGTH = 500
MAX_TERM_MONTHS = 1200


class AreaSchema(RecordSchema):
    """A heading over products and projects."""

    name = required(Text(NAME_LENGTH))
    icon = optional(Text(40), "services")
    weight = optional(Whole(0, 1000), 50)


class CarePlanItemSchema(PartSchema):
    """One thing that a care plan covers."""

    kind = required(OneOf(tuple(COVER_KINDS)))
    label = optional(Text(NAME_LENGTH))
    detail = optional(Text(NOTE_LENGTH))


class CarePlanSchema(PartSchema):
    """What a product covers; `note` says what it doesn't."""

    note = optional(Text(NOTE_LENGTH))
    items = several(CarePlanItemSchema(), least=1, most=100)


class ProductSchema(RecordSchema):
    """Something the tenant offers."""

    area = required(Ref(AREAS))
    name = required(Text(NAME_LENGTH))
    description = optional(Text(DESCRIPTION_LENGTH))
    care_plan = CarePlanSchema(missing=None)


class ServiceSchema(RecordSchema):
    """A product that a bill group has. Without `term_anchor_on` the term is counted from `renews_on`."""

    bill_group = required(Ref("bill_groups"))
    product = required(Ref(PRODUCTS))
    name = required(Text(NAME_LENGTH))
    label = optional(Text(LABEL_LENGTH))
    state = required(OneOf(tuple(SERVICE_STATES)))
    price = required(Amount())
    currency = required(Currency())
    cycle = required(OneOf(tuple(CYCLES)))
    registered_on = required(LocalDate())
    next_due_on = optional(LocalDate())
    renews_on = optional(LocalDate())
    term_months = optional(Whole(1, MAX_TERM_MONTHS))
    term_anchor_on = optional(LocalDate())
    auto_renew = optional(Flag(), True)
    ended_on = optional(LocalDate())


class MilestoneSchema(PartSchema):
    """A step of a project; its amount is in the project's currency."""

    ref = required(NewRef(MILESTONES))
    name = required(Text(NAME_LENGTH))
    amount = required(Amount())
    state = required(OneOf(tuple(MILESTONE_STATES)))
    due_on = optional(LocalDate())
    done_on = optional(LocalDate())
    paid_on = optional(LocalDate())


class ProjectSchema(RecordSchema):
    """Work with an end, paid by milestones."""

    bill_group = required(Ref("bill_groups"))
    area = required(Ref(AREAS))
    name = required(Text(NAME_LENGTH))
    description = optional(Text(DESCRIPTION_LENGTH))
    state = required(OneOf(tuple(PROJECT_STATES)))
    currency = required(Currency())
    started_on = optional(LocalDate())
    finished_on = optional(LocalDate())
    milestones = several(MilestoneSchema(), most=1000)
