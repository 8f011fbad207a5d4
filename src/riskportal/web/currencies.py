"""Currencies that are in use today, by code, with their names in the reader's language (CLDR data by Babel)."""

from __future__ import annotations

from functools import lru_cache

from babel.core import get_global

from riskportal.web.format import locale_of


@lru_cache(maxsize=16)
def currencies(language: str) -> tuple[tuple[str, str], ...]:
    """(ISO 4217 code, "EUR, Euro") of every currency that is legal tender somewhere, by code."""
    names = locale_of(language).currencies
    return tuple((code, f"{code}, {names[code]}" if code in names else code) for code in _in_use())


@lru_cache(maxsize=1)
def _in_use() -> list[str]:
    periods = [period for found in get_global("territory_currencies").values() for period in found]
    return sorted({code for code, _start, end, tender in periods if end is None and tender})
