"""What invoices come to, and how far they are settled."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskportal_billing.services.states import settle
from riskportal_billing.services.totals import LineAmount, line_net, totals_of

quantities = st.decimals(-10_000, 10_000, places=4)
prices = st.decimals(0, 100_000, places=6)
rates = st.sampled_from([Decimal(text) for text in ("0", "5.5", "7", "19", "25", "8.1", "21")])
amounts = st.builds(
    LineAmount, net_minor=st.integers(-(10**9), 10**9), category=st.sampled_from(["S", "AA"]), rate=rates
)


def test_vat_is_computed_on_the_sum_not_line_by_line() -> None:
    """security.md C17: three lines of 0.33 at 19 % owe 0.19, not 3 x 0.06."""
    totals = totals_of([LineAmount(33, "S", Decimal(19))] * 3)
    assert (totals.net_minor, totals.tax_minor, totals.total_minor) == (99, 19, 118)


@pytest.mark.parametrize(
    ("quantity", "price", "currency", "minor"),
    [
        ("3", "0.335", "EUR", 101),  # 1.005 rounds up
        ("1", "0.005", "EUR", 1),
        ("-1", "0.005", "EUR", -1),
        ("0.5", "0.0098", "EUR", 0),
        ("20", "1.50", "EUR", 3000),
        ("1", "1000", "JPY", 1000),
        ("1", "0.5", "JPY", 1),
        ("1", "1.2345", "KWD", 1235),
    ],
)
def test_a_line_is_rounded_once_to_the_currency(quantity: str, price: str, currency: str, minor: int) -> None:
    assert line_net(Decimal(quantity), Decimal(price), currency) == minor


@given(quantities, prices)
def test_a_line_is_within_half_a_cent_of_the_exact_product(quantity: Decimal, price: Decimal) -> None:
    assert abs(line_net(quantity, price, "EUR") - quantity * price * 100) <= Decimal("0.5")


@given(st.lists(amounts, max_size=30))
def test_totals_add_up_as_en_16931_says(lines: list[LineAmount]) -> None:
    totals = totals_of(lines)
    assert totals.net_minor == sum(line.net_minor for line in lines)  # BR-CO-10
    assert totals.net_minor == sum(tax.base_minor for tax in totals.taxes)
    assert totals.tax_minor == sum(tax.tax_minor for tax in totals.taxes)  # BR-CO-14
    assert totals.total_minor == totals.net_minor + totals.tax_minor  # BR-CO-15
    for tax in totals.taxes:  # BR-CO-17, to the cent
        exact = Decimal(tax.base_minor) * tax.rate / 100
        assert tax.tax_minor == int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    assert len({(tax.category, tax.rate) for tax in totals.taxes}) == len(totals.taxes)


@given(st.lists(amounts, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_nothing(lines: list[LineAmount], random: object) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert totals_of(lines) == totals_of(shuffled)


@pytest.mark.parametrize(
    ("document", "total", "paid", "refunded", "state", "open_minor"),
    [
        ("issued", 10000, 0, 0, "unpaid", 10000),
        ("issued", 10000, 2500, 0, "partially_paid", 7500),
        ("issued", 10000, 10000, 0, "paid", 0),
        ("issued", 10000, 12000, 0, "paid", 0),
        ("issued", 10000, 10000, 3000, "partially_paid", 3000),
        ("issued", 10000, 10000, 10000, "refunded", 0),
        ("issued", 10000, 12000, 2000, "paid", 0),
        ("issued", 10000, 12000, 12000, "refunded", 0),
        ("issued", 10000, 4000, 4000, "unpaid", 10000),
        ("issued", 10000, 0, 500, "unpaid", 10000),
        ("issued", 0, 0, 0, "paid", 0),
        ("draft", 10000, 0, 0, "unpaid", 0),
        ("cancelled", 10000, 0, 0, "unpaid", 0),
        ("cancelled", 10000, 4000, 0, "partially_paid", 0),
        ("cancelled", 10000, 10000, 10000, "refunded", 0),
        ("cancelled", 10000, 10000, 0, "paid", 0),
    ],
)
def test_settlement(document: str, total: int, paid: int, refunded: int, state: str, open_minor: int) -> None:
    settled = settle(document, total, paid, refunded)
    assert (settled.payment_state, settled.open_minor) == (state, open_minor)


@given(
    st.sampled_from(["issued", "draft", "cancelled"]),
    st.integers(0, 10**12),
    st.integers(0, 10**12),
    st.integers(0, 10**12),
)
def test_never_more_open_than_the_total_and_never_less_than_nothing(
    document: str, total: int, paid: int, refunded: int
) -> None:
    settled = settle(document, total, paid, refunded)
    assert 0 <= settled.open_minor <= total
    if settled.payment_state in ("paid", "refunded"):
        assert settled.open_minor == 0
    elif document == "issued":
        assert settled.open_minor > 0 or total == 0


def test_negative_amounts_are_a_programming_error() -> None:
    with pytest.raises(ValueError, match="negative"):
        settle("issued", 100, -1, 0)
