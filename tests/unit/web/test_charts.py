"""Charts: labels that never touch, drawings that stay inside, nothing inline, any input."""

from __future__ import annotations

import itertools
import re
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from riskportal.web import charts
from riskportal.web.charts import NARROW, WIDE, DuePoint
from riskportal.web.timeline import GAP, lay_out, text_width

TODAY = date(2026, 4, 20)


def point(days: int, label: str = "€360", tone: str = "wait") -> DuePoint:
    day = TODAY + timedelta(days=days)
    return DuePoint(day, label, tone, f"{day.day} {day:%b}")


def assert_apart(placed: list, width: float) -> None:
    for item in placed:
        assert item.x - item.width / 2 >= -0.01 and item.x + item.width / 2 <= width + 0.01
    for left, right in itertools.pairwise(placed):
        assert left.day < right.day
        assert right.x - left.x >= (left.width + right.width) / 2 + GAP - 0.01


LABELS = st.one_of(st.text(max_size=40), st.sampled_from(["€920", "Renewal", "¥1,000,000", "請求書", "Verlängerung"]))
POINTS = st.lists(
    st.builds(point, st.integers(-4000, 4000), LABELS, st.sampled_from(["good", "wait", "bad", "quiet"])), max_size=40
)


@settings(max_examples=300, deadline=None)
@given(POINTS, st.sampled_from([NARROW, WIDE, 640]))
def test_labels_never_overlap_and_nothing_is_lost(points: list[DuePoint], width: int) -> None:
    placed = lay_out(TODAY, points, width, "Today")
    assert_apart(placed, width)
    assert sum(item.is_today for item in placed) == 1
    shown = [point for item in placed for point in item.points]
    assert sorted(p.date for p in shown) == sorted(p.date for p in points)


@settings(max_examples=60, deadline=None)
@given(POINTS)
def test_any_points_make_a_drawing(points: list[DuePoint]) -> None:
    svg = charts.due_line_pair(TODAY, points, label="What is due")
    assert svg.count("<svg") == 2 and svg.count('role="img"') == 2


def test_no_points_is_a_line_with_today() -> None:
    (only,) = lay_out(TODAY, [], WIDE, "Today")
    assert only.bottom == "Today" and only.top == ""


def test_one_point_and_today_are_true_to_time() -> None:
    first, second = lay_out(TODAY, [point(10)], WIDE, "Today")
    assert first.is_today and second.x > first.x + 200


def test_points_of_one_day_share_a_dot_that_names_them_all() -> None:
    points = [point(3, "€10"), point(3, "€20", "bad"), point(3, "€30")]
    placed = lay_out(TODAY, points, WIDE, "Today")
    assert [item.top for item in placed] == ["", "€10 +2"]
    assert placed[1].tone == "bad"
    svg = charts.due_line(TODAY, points, label="x")
    assert "<title>€10, 23 Apr; €20, 23 Apr; €30, 23 Apr</title>" in svg


def test_due_today_stands_on_the_tick() -> None:
    (only,) = lay_out(TODAY, [point(0, "€360")], WIDE, "Today")
    assert (only.top, only.bottom) == ("€360", "Today")


def test_a_date_years_away_does_not_squeeze_the_rest() -> None:
    placed = lay_out(TODAY, [point(-3, "€920", "bad"), point(10), point(3000, "Renewal")], NARROW, "Today")
    assert [item.top for item in placed] == ["€920", "", "€360", "Renewal"]
    assert_apart(placed, NARROW)


def test_texts_are_escaped() -> None:
    svg = charts.due_line(TODAY, [point(1, "<b>&")], label='"><script>')
    assert "<b>" not in svg and "<script>" not in svg


def test_long_labels_are_cut_and_wide_scripts_measured() -> None:
    placed = lay_out(TODAY, [point(5, "x" * 60)], WIDE, "Today")
    assert len(placed[1].top) == 16
    assert text_width("請求書") > text_width("abc")


NUMBERS = st.lists(st.floats(0, 1e12, allow_nan=False), max_size=60)


@settings(max_examples=100, deadline=None)
@given(NUMBERS, NUMBERS)
def test_lines_stay_inside_their_box(series: list[float], previous: list[float]) -> None:
    svg = charts.area(series, previous, label="x")
    heights = [float(y) for path in re.findall(r' d="M([^"]+)"', svg) for y in re.findall(r"[\d.]+ ([\d.]+)", path)]
    assert all(0 <= y <= 100 for y in heights)
    assert "nan" not in svg and "inf" not in svg


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=12), st.floats(0, 1e9)), max_size=40))
def test_bars_of_anything(items: list[tuple[str, float]]) -> None:
    svg = charts.bars(items, label="x")
    assert svg.count("<rect") == len(items)


@pytest.mark.parametrize("series", [[], [0], [5], [3, 3, 3], [1, 2, 3]])
def test_sparklines(series: list[float]) -> None:
    assert "nan" not in charts.sparkline(series, label="x")


def test_every_chart_is_named_and_carries_no_style() -> None:
    drawn = [
        charts.due_line_pair(TODAY, [point(1)], label="A"),
        charts.area([1, 2], [2, 1], label="A", ticks=["a", "b", "c"], top_label="2"),
        charts.bars_pair([("Jan", 1)], label="A", texts=["1"]),
        charts.sparkline([1, 2], label="A"),
    ]
    for svg in drawn:
        assert isinstance(svg, Markup)
        assert svg.count("<svg") == svg.count('role="img" aria-label="A"') >= 1
        assert not re.search(r"\s(style|on\w+)=", svg)


def test_the_legend_is_text() -> None:
    assert "<li>Now &amp; then</li>" in charts.legend("Now & then", "Before")
