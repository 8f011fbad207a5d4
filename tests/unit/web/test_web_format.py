"""Amounts, dates and numbers against Babel, which reads the same CLDR data the slow way."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, list_currencies
from hypothesis import given
from hypothesis import strategies as st

from riskportal.contracts.money import exponent
from riskportal.web.format import Format, locale_of

TODAY = date(2027, 4, 20)
LANGUAGES = st.sampled_from(["en", "de"])
CURRENCIES = sorted(code for code in list_currencies() if len(code) == 3 and code.isalpha() and code.isupper())


def fmt(language: str, zone: str = "Europe/Berlin") -> Format:
    return Format(language, zone, TODAY)


def babels(minor: int, currency: str, language: str) -> str:
    """The amount as Babel writes it, with the digits of ISO 4217, and a gap after a name of letters."""
    digits, locale = exponent(currency), locale_of(language)
    pattern = locale.currency_formats["standard"].pattern.replace("0.00", "0." + "0" * digits if digits else "0")
    amount = Decimal(minor).scaleb(-digits)
    text = format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)
    first = next(place for place, char in enumerate(text) if char.isdigit())
    return text[:first] + ("\xa0" if text[first - 1 : first].isalpha() else "") + text[first:]


@given(st.integers(-(10**15), 10**15), st.sampled_from(CURRENCIES), LANGUAGES)
def test_money_as_babel_writes_it(minor: int, currency: str, language: str) -> None:
    assert fmt(language).money(minor, currency) == babels(minor, currency, language)


@pytest.mark.parametrize("currency", CURRENCIES)
def test_no_currency_loses_its_digits(currency: str) -> None:
    """CLDR shows some currencies without cents; an amount must never be printed a hundred times too large."""
    for language in ("en", "de"):
        text = fmt(language).money(123456789, currency)
        assert "".join(char for char in text if char.isdigit()) == "123456789"
        (number,) = re.findall(r"\d[\d.,]*\d", text)
        point = number[-exponent(currency) - 1] if exponent(currency) else ""
        assert point == ({"en": ".", "de": ","}[language] if exponent(currency) else "")


@pytest.mark.parametrize(
    ("language", "minor", "currency", "text"),
    [
        ("en", 128000, "EUR", "€1,280.00"),
        ("en", -128000, "EUR", "-€1,280.00"),
        ("de", 128000, "EUR", "1.280,00\xa0€"),
        ("de", -5, "EUR", "-0,05\xa0€"),
        ("en", 0, "EUR", "€0.00"),
        ("en", 123456, "CHF", "CHF\xa01,234.56"),
        ("en", 1500, "JPY", "JP¥1,500"),
        ("de", 1234567, "KWD", "1.234,567\xa0KWD"),
        ("de", 123456, "RSD", "1.234,56\xa0RSD"),
    ],
)
def test_amounts(language: str, minor: int, currency: str, text: str) -> None:
    assert fmt(language).money(minor, currency) == text


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)), LANGUAGES)
def test_dates_as_babel_writes_them(day: date, language: str) -> None:
    assert fmt(language).date(day) == format_date(day, "medium", locale=locale_of(language))
    assert (fmt(language).day(day) == fmt(language).date(day)) == (day.year != TODAY.year)


@pytest.mark.parametrize(
    ("language", "whole", "short", "far", "month"),
    [
        ("en", "12 May 2027", "12 May", "12 May 2028", "May 2027"),
        ("de", "12.05.2027", "12. Mai", "12.05.2028", "Mai 2027"),
    ],
)
def test_dates(language: str, whole: str, short: str, far: str, month: str) -> None:
    found = fmt(language)
    assert found.date(date(2027, 5, 12)) == whole
    assert found.day(date(2027, 5, 12)) == short
    assert found.day(date(2028, 5, 12)) == far
    assert found.month(date(2027, 5, 12)) == month
    assert found.date(None) == found.day(None) == "–"


@pytest.mark.parametrize(
    ("language", "zone", "text"),
    [
        ("en", "Europe/Berlin", "13 May 2027, 00:05"),
        ("en", "America/New_York", "12 May 2027, 18:05"),
        ("de", "Europe/Berlin", "13.05.2027, 00:05"),
    ],
)
def test_instants_in_the_readers_zone(language: str, zone: str, text: str) -> None:
    assert fmt(language, zone).datetime(datetime(2027, 5, 12, 22, 5, 59, tzinfo=UTC)) == text


@given(st.integers(-(10**12), 10**12), LANGUAGES)
def test_numbers_as_babel_writes_them(number: int, language: str) -> None:
    assert fmt(language).number(number) == format_decimal(number, locale=locale_of(language))


def test_fractions_and_percentages() -> None:
    assert (fmt("en").number(Decimal("1234.5")), fmt("de").number(Decimal("1234.5"))) == ("1,234.5", "1.234,5")
    assert (fmt("en").percent(Decimal("19")), fmt("de").percent(Decimal("7.7"))) == ("19%", "7,7 %")
    assert fmt("en").percent(Decimal("8.125")) == "8.125%"
