"""How far an invoice is settled: one pure function, from what was paid and what was given back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settlement:
    """The payment state, and what is still to pay in minor units."""

    payment_state: str
    open_minor: int


def settle(document_state: str, total_minor: int, paid_minor: int, refunded_minor: int) -> Settlement:
    """The settlement of an invoice from its succeeded payments and refunds, all in minor units >= 0.

    Money that was given back is open again, unless the invoice had been paid and everything was given
    back: then it is `refunded` and asks for nothing. Drafts and cancelled invoices ask for nothing.
    Paying too much leaves nothing open; the surplus stays with the payment.
    """
    if min(total_minor, paid_minor, refunded_minor) < 0:
        raise ValueError("amounts of a settlement can't be negative")
    if refunded_minor and refunded_minor >= paid_minor and paid_minor >= total_minor:
        return Settlement("refunded", 0)
    kept = max(paid_minor - refunded_minor, 0)
    if document_state == "draft":
        return Settlement("unpaid", 0)
    if kept >= total_minor and (document_state == "issued" or kept):
        return Settlement("paid", 0)
    state = "partially_paid" if kept else "unpaid"
    return Settlement(state, total_minor - kept if document_state == "issued" else 0)
