"""Time zones that people choose from."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from riskportal.web.zones import is_zone, label, offset, zone_names, zones_by_region

SUMMER, WINTER = datetime(2027, 7, 1, 12, tzinfo=UTC), datetime(2027, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "summer", "winter"),
    [
        ("Europe/Berlin", "UTC+2", "UTC+1"),
        ("Europe/London", "UTC+1", "UTC"),
        ("America/St_Johns", "UTC−2:30", "UTC−3:30"),
        ("Asia/Kathmandu", "UTC+5:45", "UTC+5:45"),
        ("Pacific/Kiritimati", "UTC+14", "UTC+14"),
        ("Etc/UTC", "UTC", "UTC"),
    ],
)
def test_offsets_follow_summer_time(zone: str, summer: str, winter: str) -> None:
    assert (offset(zone, SUMMER), offset(zone, WINTER)) == (summer, winter)


def test_places_are_named_in_the_readers_language() -> None:
    assert label("Europe/Rome", "de", SUMMER) == "Rom (UTC+2)"
    assert label("Europe/Rome", "en", SUMMER) == "Rome (UTC+2)"
    assert label("Etc/UTC", "de", SUMMER) == "UTC"


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_zone_on_offer_works_and_stands_once_in_order(language: str) -> None:
    regions = zones_by_region(language, SUMMER)
    names = [name for _region, zones in regions for name, _label in zones]
    assert sorted(names) == sorted(zone_names() - {"Etc/UTC"}) and len(names) > 350
    assert all(ZoneInfo(name).key == name for name in names)
    assert {"Europe/Kyiv", "Asia/Kolkata", "America/Argentina/Buenos_Aires"} <= set(names)
    assert not {"Europe/Kiev", "Asia/Calcutta", "US/Pacific", "EST"} & set(names)
    africa = [shown for region, zones in regions if str(region) == "Africa" for _name, shown in zones]
    assert africa == sorted(africa, key=str.casefold) or language == "de"


@pytest.mark.parametrize(
    "name", ["", None, "Europe", "Europe/Nowhere", "../../etc/passwd", "/etc/localtime", "\x00", "Ä"]
)
def test_what_is_no_zone(name: str | None) -> None:
    assert not is_zone(name)
