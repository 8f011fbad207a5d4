"""What a form changes, and what it hasn't seen."""

from __future__ import annotations

from typing import Any

import pytest

from riskportal.db.changes import Change, Outdated, check_seen, differences, mark

ROW = {"name": "Ada", "city": None, "languages": ["en", "de"]}


def test_only_what_differs_is_a_change_and_nothing_is_nothing() -> None:
    assert differences(ROW, {"languages": ["de"], "city": "", "name": "Ada"}) == (
        Change("languages", ["en", "de"], ["de"]),
    )
    assert differences(ROW, {"name": ""}) == (Change("name", "Ada", ""),)


@pytest.mark.parametrize(
    "other", [{"name": "Eve"}, {"city": "Aarhus"}, {"languages": ["de", "en"]}, {"name": None, "city": "Ada"}]
)
def test_a_mark_stands_for_the_values(other: dict[str, Any]) -> None:
    assert mark({**ROW, **other}) != mark(ROW) == mark({**ROW, "city": ""})
    check_seen(ROW, mark(ROW))
    check_seen({**ROW, **other}, None)
    with pytest.raises(Outdated) as refused:
        check_seen({**ROW, **other}, mark(ROW))
    newer = refused.value
    assert newer.current == {**ROW, **other} and newer.mark == mark(newer.current)
    for field, value in ROW.items():
        assert newer.was(field, value) and newer.was(field, newer.current[field]) == (field not in other)


@pytest.mark.parametrize("seen", ["", "-", "--", "---", "x" * 5000, "\u202e"])
def test_a_strange_mark_saw_nothing(seen: str) -> None:
    with pytest.raises(Outdated) as refused:
        differences(ROW, {"name": "Eve"}, seen)
    assert not any(refused.value.was(field, value) for field, value in ROW.items())
    assert differences(ROW, {"name": "Ada"}, seen) == (), "whoever changes nothing takes nothing back"
