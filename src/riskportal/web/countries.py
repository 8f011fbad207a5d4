"""Countries by name in the reader's language (CLDR data by Babel)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from riskportal.web.format import locale_of

_CODE = re.compile(r"[A-Z]{2}\Z")
# CLDR's regions that nobody's address is in: unions, leftovers, test codes, "unknown".
_NO_COUNTRY = frozenset("EU EZ UN QO XA XB ZZ AC CP CQ DG EA IC TA".split())


@lru_cache(maxsize=16)
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """(ISO 3166-1 code, name) of every country, by name as the language sorts it."""
    names = locale_of(language).territories
    found = [(code, name) for code, name in names.items() if _CODE.match(code) and code not in _NO_COUNTRY]
    return tuple(sorted(found, key=lambda pair: _sort_key(pair[1])))


def country_name(code: str | None, language: str) -> str | None:
    """A country's name; an unknown code as it is, None for none."""
    return locale_of(language).territories.get(code, code) if code else None


def _sort_key(name: str) -> str:
    """Accents don't count: Österreich stands among the words with O."""
    folded = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in folded if not unicodedata.combining(char))
