"""Invoices and payments for the tests of billing, written the way the portfolio loader writes them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.tenancy.models import Tenant
from riskportal_billing.models import Allocation, Invoice, Payment
from riskportal_billing.services.states import settle
from riskportal_billing.services.writing import (
    LineDraft,
    buyer_of,
    document_values,
    freeze,
    resettle,
    seller_of,
)

TODAY = date(2027, 4, 20)


def line(title: str = "Care plan Plus", price: str = "100.00", **values: Any) -> LineDraft:
    """A line with 19 % VAT unless said otherwise."""
    given: dict[str, Any] = {"quantity": Decimal(1), "tax_category": "S", "tax_rate": Decimal(19), **values}
    return LineDraft(title=title, unit_price=Decimal(price), **given)


class Books:
    """Writes invoices and payments of one bill group; what it returns is detached."""

    def __init__(self, database: Database, bill_group: BillGroup) -> None:
        self.database = database
        self.scope = Scope.tenant_wide(bill_group.tenant_id)
        self.tenant_id, self.bill_group_id = bill_group.tenant_id, bill_group.id
        self._number = 0

    def invoice(self, *lines: LineDraft, state: str = "issued", due: date = TODAY, **values: Any) -> Invoice:
        """An invoice due on `due`, issued two weeks before."""
        self._number += 1
        number = None if state == "draft" else f"R-{self.bill_group_id}-{self._number:04d}"
        given: dict[str, Any] = {"currency": "EUR", "language": "en", "number": number, **values}
        given.setdefault("issued_on", due - timedelta(days=14))
        with self.database.session(self.scope) as db:
            tenant, group = db.get_one(Tenant, self.tenant_id), db.get_one(BillGroup, self.bill_group_id)
            parts = document_values(lines or (line(),), given["currency"], group.id, given["number"])
            settled = settle(state, parts["total_minor"], 0, 0)
            invoice = Invoice(
                **{"seller": seller_of(tenant), "buyer": buyer_of(group), **given, **parts},
                bill_group_id=group.id,
                due_on=due,
                document_state="draft",
                payment_state=settled.payment_state,
                open_minor=settled.open_minor,
            )
            db.add(invoice)
            db.flush()
            if state != "draft":
                freeze(db, [invoice.id], state)
        return self.stored(invoice)

    def pay(self, invoice: Invoice, minor: int | None = None, **values: Any) -> Payment:
        """A payment (or `kind="refund"`) of the invoice's total or of `minor` units, settled at once."""
        amount = invoice.total_minor if minor is None else minor
        given: dict[str, Any] = {
            "kind": "payment",
            "state": "succeeded",
            "received_on": TODAY,
            "currency": invoice.currency,
            "method": "bank_transfer",
            **values,
        }
        with self.database.session(self.scope) as db:
            part = Allocation(bill_group_id=self.bill_group_id, invoice_id=invoice.id, amount_minor=amount)
            payment = Payment(bill_group_id=self.bill_group_id, amount_minor=amount, allocations=[part], **given)
            db.add(payment)
            db.flush()
            resettle(db, [invoice.id])
        return payment

    def stored(self, invoice: Invoice) -> Invoice:
        """The invoice as the database has it now."""
        with self.database.session(self.scope, write=False) as db:
            return db.get_one(Invoice, invoice.id)
