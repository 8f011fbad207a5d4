"""Time zones that people choose from, by region and city, in their own language (names by CLDR)."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel.core import get_global
from babel.dates import get_timezone_location

from riskportal.plug.messages import Message, _
from riskportal.web.format import locale_of

REGIONS: dict[str, Message] = {
    "Europe": _("Europe"),
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}
UTC_ZONE = "Etc/UTC"


@cache
def zone_names() -> frozenset[str]:
    """The IANA names on offer: those that name a place today, and UTC itself; no old or second names."""
    places = {name for name in get_global("zone_territories") if name.partition("/")[0] in REGIONS}
    return frozenset((places & available_timezones()) | {UTC_ZONE})


def is_zone(name: str | None) -> bool:
    """Whether this installation knows the time zone; data of another one may have newer or older names."""
    try:
        return bool(name) and ZoneInfo(name or "") is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def city(name: str, language: str) -> str:
    """The place that a zone is named after: "Europe/Rome" -> "Rom" in German."""
    if name == UTC_ZONE:
        return "UTC"
    return get_timezone_location(name, locale=locale_of(language), return_city=True)


def offset(name: str, at: datetime) -> str:
    """How far a zone's clock is from UTC at an instant: "UTC+2", "UTC+5:45"."""
    delta = at.astimezone(ZoneInfo(name)).utcoffset()
    minutes = round(delta.total_seconds() / 60) if delta else 0
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")


def label(name: str, language: str, at: datetime) -> str:
    """A zone in words: "Berlin (UTC+2)"."""
    where, clock = city(name, language), offset(name, at)
    return where if where == clock else f"{where} ({clock})"


@lru_cache(maxsize=32)
def _by_region(language: str, hour: datetime) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    found: dict[str, list[tuple[str, str]]] = {}
    for name in zone_names():
        found.setdefault(name.partition("/")[0], []).append((name, label(name, language, hour)))
    for zones in found.values():
        zones.sort(key=lambda item: _sortable(item[1]))
    return tuple((region, tuple(found[region])) for region in REGIONS if region in found)


def zones_by_region(language: str, at: datetime) -> list[tuple[Message, tuple[tuple[str, str], ...]]]:
    """For every region its zones as (IANA name, label), cities in order, so that typing a city's first letters
    finds it in a browser's own select field. Worked out once an hour: offsets change with summer time."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    return [(REGIONS[region], zones) for region, zones in _by_region(language, hour)]


def _sortable(text: str) -> str:
    """Letters without their accents, as a reader looks for them: "Ö" stands with "O"."""
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)).casefold()
