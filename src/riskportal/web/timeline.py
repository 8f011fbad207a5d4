"""Where the labels of the due line stand: geometry only, so that it can be tested without drawing.

Units are those of the drawing (CSS pixels at a font size of 12). The order of days is always kept;
distances are true to time where there is room and closer together where there is not.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

FONT = 12.0
GAP = 8.0
MAX_LABEL = 16  # characters; a longer label is cut, its full text is in the dot's title
_WORST_FIRST = ("bad", "wait", "quiet", "good")
_NARROW = frozenset(" .,:;!|'ijlIt()[]·")


@dataclass(frozen=True)
class DuePoint:
    """One thing on the line: `label` above (an amount, "Renewal"), `sub` below (its day in words)."""

    date: date
    label: str
    tone: str = "quiet"
    sub: str = ""


@dataclass
class Placed:
    """A dot, or today's tick, or both, with the texts above and below at the middle `x`."""

    day: date
    points: list[DuePoint]
    is_today: bool = False
    today_label: str = ""
    x: float = 0.0

    @property
    def tone(self) -> str:
        """The gravest tone of the points that share the dot."""
        tones = {point.tone for point in self.points}
        return next((tone for tone in _WORST_FIRST if tone in tones), "quiet")

    @property
    def top(self) -> str:
        """The first label and how many more there are; empty for a bare today."""
        if not self.points:
            return ""
        more = len(self.points) - 1
        return cut(self.points[0].label) + (f" +{more}" if more else "")

    @property
    def bottom(self) -> str:
        """The day in words; from the first to the last when several days share the dot."""
        if self.is_today:
            return cut(self.today_label)
        first, last = cut(self.points[0].sub), cut(self.points[-1].sub)
        return first if first == last else f"{first} – {last}"

    @property
    def width(self) -> float:
        """The room that the wider of both texts takes, never less than the dot."""
        return max(text_width(self.top), text_width(self.bottom), 14.0)


def cut(text: str) -> str:
    """At most MAX_LABEL characters."""
    return text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1].rstrip() + "…"


def text_width(text: str) -> float:
    """A generous estimate of how wide a text is at FONT, without a font at hand."""
    return sum(_advance(char) for char in text) * FONT


def _advance(char: str) -> float:
    if unicodedata.combining(char):
        return 0.0
    if unicodedata.east_asian_width(char) in "WF":
        return 1.05
    if char in _NARROW:
        return 0.36
    return 0.84 if char.isupper() or char in "mw@%—…€" else 0.64


def lay_out(today: date, points: Sequence[DuePoint], width: float, today_label: str) -> list[Placed]:
    """Every point and today from left to right, none touching another, all inside 0..width."""
    items = _by_day(today, points, today_label)
    while len(items) > 1 and _needed(items) > width:
        if not _merge_closest(items):
            break
    _spread(items, width)
    return items


def _by_day(today: date, points: Sequence[DuePoint], today_label: str) -> list[Placed]:
    days: dict[date, list[DuePoint]] = {today: []}
    for point in points:
        days.setdefault(point.date, []).append(point)
    return [Placed(day, days[day], day == today, today_label) for day in sorted(days)]


def _needed(items: list[Placed]) -> float:
    return sum(item.width for item in items) + GAP * (len(items) - 1)


def _merge_closest(items: list[Placed]) -> bool:
    """Join the two neighbours that are nearest in time, never across today. False when none is left."""
    pairs = [index for index in range(len(items) - 1) if not items[index].is_today and not items[index + 1].is_today]
    if not pairs:
        return _merge_into_today(items)
    best = min(pairs, key=lambda index: (items[index + 1].day - items[index].day, -index))
    first, second = items[best], items.pop(best + 1)
    first.points = [*first.points, *second.points]
    return True


def _merge_into_today(items: list[Placed]) -> bool:
    """The last resort of a very narrow drawing: what is left stands on today's tick."""
    if len(items) < 2:
        return False
    keep = next(item for item in items if item.is_today)
    keep.points = [point for item in items for point in item.points]
    items[:] = [keep]
    return True


def _spread(items: list[Placed], width: float) -> None:
    """Place by time, then push apart from the left and back from the right."""
    first, last = items[0].day, items[-1].day
    span = (last - first).days
    left, right = items[0].width / 2, width - items[-1].width / 2
    for item in items:
        share = (item.day - first).days / span if span else 0.28
        item.x = left + share * max(right - left, 0)
    for before, item in itertools.pairwise(items):
        item.x = max(item.x, before.x + (before.width + item.width) / 2 + GAP)
    edge = width
    for item in reversed(items):
        item.x = max(min(item.x, edge - item.width / 2), min(item.width / 2, width / 2))
        edge = item.x - item.width / 2 - GAP
