"""Accent colours that can be seen and read on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskportal.tenancy.brand import INK, WHITE, checked_accent, contrast, ink_for

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.00),
        ("#0000ff", "#ffffff", 8.59),
        ("#123456", "#123456", 1.0),
    ],
)
def test_wcag_examples(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one)
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


@given(COLOURS)
def test_an_accepted_accent_can_be_seen_and_read_on(colour: str) -> None:
    try:
        accent = checked_accent(colour)
    except ValueError as error:
        assert contrast(colour, WHITE) < 3 or contrast(colour, ink_for(colour)) < 4.5
        assert "choose a darker colour" in str(error)
    else:
        assert contrast(accent, WHITE) >= 3
        assert contrast(accent, ink_for(accent)) >= 4.5
        assert ink_for(accent) in (WHITE, INK)


BAD = ["", "red", "#fff", "#12345", "#1234567", "0b5d57", "#0b5d5g", "#0b5d57\n", " #0b5d57", "#0b5d57;}", "url(x)"]


@pytest.mark.parametrize("text", BAD)
def test_nothing_else_gets_into_the_style_sheet(text: str) -> None:
    with pytest.raises(ValueError, match="expected a colour such as"):
        checked_accent(text)


def test_lower_case() -> None:
    assert checked_accent("#0B5D57") == "#0b5d57"
