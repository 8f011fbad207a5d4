"""Money is whole minor units of one currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskportal.contracts.money import CurrencyMismatch, Money, exponent, round_half_up

CURRENCIES = st.sampled_from("EUR USD CHF JPY KWD CLF RSD".split())
MINOR = st.integers(-(2**63), 2**63 - 1)
SMALL = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("CLF", 4), ("RSD", 2), ("XXX", 2)]
)
def test_exponents(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


@pytest.mark.parametrize("currency", ["", "eur", "EU", "EURO", "€", "EUR\n", "E R", "ÄÖÜ"])
def test_no_currency(currency: str) -> None:
    with pytest.raises(ValueError, match="not an ISO 4217 currency code"):
        Money(1, currency)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1280.00", "EUR", 128000),
        ("49", "EUR", 4900),
        ("0.5", "EUR", 50),
        ("-0.01", "EUR", -1),
        ("-0.00", "EUR", 0),
        ("1.5000", "EUR", 150),
        ("150", "JPY", 150),
        ("150.0", "JPY", 150),
        ("1.234", "KWD", 1234),
        ("9999999999999.99", "EUR", 999999999999999),
    ],
)
def test_parsing(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "1,50", "1.", ".5", "+1", "--1", "1e3", "1_000", "01.00", "NaN", "Infinity", "1.234", "0.001",
     "1.00001", "10000000000000", "١", "1\n", "€1", "0x1", "1.2.3"],
)  # fmt: skip
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected an amount|digits behind the point"):
        Money.parse(text, "EUR")


@pytest.mark.parametrize("value", [None, 1, 1.5, Decimal("1.5"), b"1.50"])
def test_only_text_is_parsed(value: Any) -> None:
    with pytest.raises(ValueError, match="expected an amount"):
        Money.parse(value, "EUR")


@pytest.mark.parametrize("minor", [1.0, "1", None, True, Decimal(1)])
def test_minor_units_are_whole(minor: Any) -> None:
    with pytest.raises(TypeError, match="whole number"):
        Money(minor, "EUR")


@given(SMALL, CURRENCIES)
def test_what_is_written_can_be_read(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    text, _, code = str(money).partition(" ")
    assert code == currency
    assert Money.parse(text, currency) == money


@given(MINOR, CURRENCIES)
def test_the_decimal_is_exact(minor: int, currency: str) -> None:
    assert Money(minor, currency).decimal() * 10 ** exponent(currency) == minor


@given(st.lists(SMALL), CURRENCIES)
def test_sums(amounts: list[int], currency: str) -> None:
    total = Money.total((Money(minor, currency) for minor in amounts), currency)
    assert total == Money(sum(amounts), currency)
    assert total - total == Money(0, currency)
    assert total + (-total) == Money(0, currency)
    assert bool(total) == (total.minor != 0)


@given(SMALL, SMALL)
def test_currencies_dont_mix(one: int, other: int) -> None:
    euro, franc = Money(one, "EUR"), Money(other, "CHF")
    for act in (lambda: euro + franc, lambda: euro - franc, lambda: Money.total([euro, franc], "EUR")):
        with pytest.raises(CurrencyMismatch, match="EUR and CHF"):
            act()
    assert euro != Money(one, "CHF")


def test_amounts_have_no_order_by_accident() -> None:
    with pytest.raises(TypeError):
        sorted([Money(1, "EUR"), Money(2, "CHF")])  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.5", 1), ("-0.5", -1), ("1.5", 2), ("2.5", 3), ("2.49", 2), ("-2.5", -3), ("0", 0)]
)
def test_halves_go_away_from_zero(amount: str, rounded: int) -> None:
    assert round_half_up(Decimal(amount)) == rounded


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=6))
def test_rounding_is_off_by_half_at_most_and_symmetric(amount: Decimal) -> None:
    assert abs(round_half_up(amount) - amount) <= Decimal("0.5")
    assert round_half_up(-amount) == -round_half_up(amount)
