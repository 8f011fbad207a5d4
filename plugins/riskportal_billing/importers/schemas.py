"""What a record of each section may hold."""

from __future__ import annotations

from riskportal.portfolio.fields import (
    Amount,
    Currency,
    DecimalNumber,
    Flag,
    LocalDate,
    OneOf,
    PartSchema,
    PointerRef,
    RecordSchema,
    Ref,
    Text,
    optional,
    required,
    several,
)
from riskportal.portfolio.parts import Language
from riskportal_billing.models import (
    DOCUMENT_STATES,
    PAYMENT_KINDS,
    PAYMENT_METHODS,
    PAYMENT_PROGRESS,
    TAX_CATEGORIES,
)

INVOICES, PAYMENTS, AUTOPAY = "invoices", "payments", "autopay"
# Which record kind the rows of a section are. The names only: the sections belong to another module.
RECORD_KINDS = {
    "services": "services.service",
    "projects": "services.project",
    "milestones": "services.milestone",
}


class LineRecordSchema(PartSchema):
    """What a line bills."""

    section = required(OneOf(tuple(RECORD_KINDS)))
    ref = required(PointerRef(), description="ref of a record in that section")


class LineSchema(PartSchema):
    """A line of an invoice; its net amount is computed: quantity times unit price, rounded once."""

    title = required(Text(300))
    detail = optional(Text(2000))
    quantity = optional(DecimalNumber(), description='"1" when left out')
    unit = optional(Text(40), description='such as "hours" or "GB"')
    unit_price = required(DecimalNumber(), description="without VAT, in major units, not negative")
    tax_category = optional(OneOf(TAX_CATEGORIES), "S", description="VAT category code of EN 16931")
    tax_rate = required(DecimalNumber(), description='percent, such as "19"')
    period_start = optional(LocalDate())
    period_end = optional(LocalDate(), description="the last day of the period")
    record = LineRecordSchema(missing=None)


class PartySchema(PartSchema):
    """Seller or buyer as they stand on the document."""

    name = required(Text(200))
    number = optional(Text(40), description="the customer number")
    address = several(required(Text(200)), most=6)
    vat_number = optional(Text(30))
    registration_number = optional(Text(60))
    email = optional(Text(254))
    phone = optional(Text(40))
    iban = optional(Text(34))
    bic = optional(Text(11))


class InvoiceSchema(RecordSchema):
    """An invoice with its lines. Once issued it is frozen: a changed record is refused."""

    bill_group = required(Ref("bill_groups"))
    number = optional(Text(60), description="unique; only a draft may be without")
    document_state = optional(OneOf(DOCUMENT_STATES), "issued")
    issued_on = optional(LocalDate())
    due_on = optional(LocalDate())
    period_start = optional(LocalDate())
    period_end = optional(LocalDate())
    currency = required(Currency())
    language = optional(Language(), description="the bill group's when left out")
    po_number = optional(Text(60), description="the bill group's when left out")
    note = optional(Text(2000))
    total = optional(Amount(), description="with VAT; must be what the lines come to")
    seller = PartySchema(missing=None, description="the tenant of today when left out")
    buyer = PartySchema(missing=None, description="the bill group of today when left out")
    lines = several(LineSchema(), least=1, most=1000)


class AllocationSchema(PartSchema):
    """How much of the payment belongs to an invoice."""

    invoice = required(Ref(INVOICES))
    amount = required(Amount())


class PaymentSchema(RecordSchema):
    """Money received or given back. What was booked stays; its state, day, method and reference may change."""

    bill_group = required(Ref("bill_groups"))
    kind = optional(OneOf(PAYMENT_KINDS), "payment")
    state = optional(OneOf(PAYMENT_PROGRESS), "succeeded")
    received_on = required(LocalDate())
    amount = required(Amount(), description="greater than zero, also for a refund")
    currency = required(Currency())
    method = optional(OneOf(PAYMENT_METHODS), "bank_transfer")
    reference = optional(Text(140))
    allocations = several(AllocationSchema(), most=1000)


class AutoPaySchema(RecordSchema):
    """Whether a bill group pays by itself; one record per bill group."""

    bill_group = required(Ref("bill_groups"))
    enabled = required(Flag())
    method_label = optional(Text(120), description='such as "Visa ending 4242"; never a full number')
