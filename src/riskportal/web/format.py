"""Amounts, dates and numbers as the reader's language writes them (CLDR data by Babel).

Babel's own formatters parse their pattern on every call, which a list of 25 amounts and dates
would pay for on each page; here a pattern's parts are read from Babel once and then reused.
English means British formats: the day stands before the month everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_currency, format_decimal, format_percent

from riskportal.contracts.money import exponent

_LOCALES = {"en": "en_GB"}
# To the minute; CLDR's medium format shows seconds.
_DATETIME = {"en": "d MMM y, HH:mm", "de": "dd.MM.y, HH:mm"}


@lru_cache(maxsize=32)
def locale_of(language: str) -> Locale:
    """The Babel locale whose formats a language uses."""
    return Locale.parse(_LOCALES.get(language, language), sep="_")


@dataclass(frozen=True)
class MoneyPattern:
    """What stands around and inside an amount of one currency in one language."""

    before: str
    after: str
    minus_before: str
    minus_after: str
    group: str
    point: str
    digits: int

    def apply(self, minor: int) -> str:
        """`minor` units as text."""
        whole, rest = divmod(abs(minor), 10**self.digits)
        text = f"{whole:,}".replace(",", self.group)
        if self.digits:
            text += f"{self.point}{rest:0{self.digits}d}"
        if minor < 0:
            return f"{self.minus_before}{text}{self.minus_after}"
        return f"{self.before}{text}{self.after}"


@lru_cache(maxsize=256)
def money_pattern(language: str, currency: str) -> MoneyPattern:
    """Read the pattern of a currency off two amounts that Babel formats.

    The digits are those of ISO 4217: CLDR leaves out the cents of some currencies (RSD, LBP), an invoice
    must not. A name made of letters keeps a distance from the number (CLDR: alphaNextToNumber).
    """
    digits = exponent(currency)
    locale = locale_of(language)
    symbols = locale.number_symbols["latn"]
    standard = locale.currency_formats["standard"].pattern.replace("0.00", "0")
    plus, minus = (
        format_currency(one, currency, format=standard, locale=locale, currency_digits=False) for one in (1, -1)
    )
    before, _, after = plus.partition("1")
    minus_before, _, minus_after = minus.partition("1")
    gap = "\xa0" if before[-1:].isalpha() else ""
    return MoneyPattern(
        before + gap, after, minus_before + gap, minus_after, symbols["group"], symbols["decimal"], digits
    )


@lru_cache(maxsize=8192)
def _date(day: Date, skeleton: str, language: str) -> str:
    locale = locale_of(language)
    if skeleton == "medium":
        return format_date(day, "medium", locale=locale)
    return format_skeleton(skeleton, datetime(day.year, day.month, day.day), locale=locale)  # noqa: DTZ001


@dataclass(frozen=True)
class Format:
    """Formats for one reader: language, time zone, and today (it decides whether a year is shown)."""

    language: str
    zone: str
    today: Date

    def money(self, minor: int, currency: str) -> str:
        """Minor units of a currency, e.g. "€1,280.00"."""
        return money_pattern(self.language, currency).apply(minor)

    def date(self, day: Date | None) -> str:
        """A date with its year, e.g. "12 May 2027"; a dash when there is none."""
        return "–" if day is None else _date(day, "medium", self.language)

    def day(self, day: Date | None) -> str:
        """A date, with its year only when that isn't the current one, e.g. "12 May"."""
        if day is None or day.year != self.today.year:
            return self.date(day)
        return _date(day, "MMMd", self.language)

    def month(self, day: Date) -> str:
        """Month and year, e.g. "May 2027"."""
        return _date(day, "yMMMM", self.language)

    def datetime(self, instant: datetime) -> str:
        """An instant in the reader's zone, e.g. "12 May 2027, 14:05"."""
        local = instant.astimezone(ZoneInfo(self.zone))
        return format_datetime(local, _DATETIME.get(self.language, "medium"), locale=locale_of(self.language))

    def date_of(self, instant: datetime | None) -> str:
        """The date of an instant in the reader's zone; a dash when there is none."""
        return self.date(None if instant is None else instant.astimezone(ZoneInfo(self.zone)).date())

    def number(self, value: int | Decimal) -> str:
        """A number with the language's separators."""
        if isinstance(value, int) and -1000 < value < 1000:
            return str(value)
        return format_decimal(value, locale=locale_of(self.language))

    def size(self, count: int) -> str:
        """Bytes as people read them, in decimal units: "38 kB", "1.2 MB"."""
        if count < 1000:
            return f"{count} B"
        kilo = Decimal(count) / 1000
        if kilo < 1000:
            return f"{self.number(kilo.quantize(Decimal(1), ROUND_HALF_UP))} kB"
        return f"{self.number((kilo / 1000).quantize(Decimal('0.1'), ROUND_HALF_UP))} MB"

    def percent(self, value: Decimal) -> str:
        """A percentage given in percent, exact to four digits: Decimal("8.125") -> "8.125%"."""
        return format_percent(
            value / 100,
            format="#,##0.#### %" if self.language == "de" else "#,##0.####%",
            locale=locale_of(self.language),
        )
