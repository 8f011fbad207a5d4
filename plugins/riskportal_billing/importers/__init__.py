"""Sections of the portfolio file: invoices with their lines, payments with their allocations, auto-pay."""

from riskportal.plug import Importer
from riskportal_billing.importers.invoices import check_invoice, check_invoices, load_invoices
from riskportal_billing.importers.payments import check_payment, load_autopay, load_payments
from riskportal_billing.importers.proof import prove_autopay, prove_invoices, prove_payments
from riskportal_billing.importers.schemas import (
    AUTOPAY,
    INVOICES,
    PAYMENTS,
    AutoPaySchema,
    InvoiceSchema,
    PaymentSchema,
)

INVOICE_EXAMPLE = {
    "ref": "R-2026-0121",
    "bill_group": "northwind-main",
    "number": "R-2026-0121",
    "document_state": "issued",
    "issued_on": "2026-04-16",
    "due_on": "2026-04-30",
    "currency": "EUR",
    "total": "360.00",
    "lines": [
        {
            "title": "Care plan Plus",
            "quantity": "1",
            "unit_price": "360.00",
            "tax_category": "AE",
            "tax_rate": "0",
            "period_start": "2026-04-01",
            "period_end": "2026-06-30",
            "record": {"section": "services", "ref": "northwind-care"},
        }
    ],
}
PAYMENT_EXAMPLE = {
    "ref": "bank-2026-04-28-17",
    "bill_group": "northwind-main",
    "received_on": "2026-04-28",
    "amount": "360.00",
    "currency": "EUR",
    "method": "bank_transfer",
    "reference": "R-2026-0121 Northwind",
    "allocations": [{"invoice": "R-2026-0121", "amount": "360.00"}],
}
AUTOPAY_EXAMPLE = {
    "ref": "northwind-autopay",
    "bill_group": "northwind-main",
    "enabled": True,
    "method_label": "Visa ending 4242",
}

IMPORTERS = (
    Importer(
        INVOICES,
        InvoiceSchema,
        load_invoices,
        prove_invoices,
        # A line may bill a service or a project's milestone, whose public ids must be known by then.
        after=("bill_groups", "services", "projects"),
        check=check_invoice,
        check_all=check_invoices,
        example=INVOICE_EXAMPLE,
    ),
    Importer(
        PAYMENTS,
        PaymentSchema,
        load_payments,
        prove_payments,
        after=(INVOICES,),
        check=check_payment,
        example=PAYMENT_EXAMPLE,
    ),
    Importer(AUTOPAY, AutoPaySchema, load_autopay, prove_autopay, after=("bill_groups",), example=AUTOPAY_EXAMPLE),
)
