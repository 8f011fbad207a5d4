"""Telephone numbers: international, grouped as typed, nothing else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskportal.customers.phones import LONGEST, read_phone


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("+49 4131 987654", "+49 4131 987654"),
        ("0049 (0)4131/98 76-54", "+49 4131 98 76 54"),
        ("+44 (0) 20 7946 0958", "+44 20 7946 0958"),
        ("+1 (212) 555.0147", "+1 212 555 0147"),
        ("  +45-86-12-34-56 ", "+45 86 12 34 56"),
        ("+4915112345678", "+4915112345678"),
        ("+ 41 44 268 12 34", "+41 44 268 12 34"),
    ],
)
def test_right_numbers(typed: str, stored: str) -> None:
    assert read_phone(typed) == stored
    assert read_phone(stored) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "", "+", "04131 987654", "+0 4131 987654", "+49", "+49 41", "+49 1234567890123456", "+49 4131 98765x12",
        "+49 4131\x00987654", "+49\u202e4131987654", "+４９ 4131 987654", "tel:+494131987654", "+" + "4" * 10_000,
        "+49 4131 987654<b>", "=1+1", "+49 4131 ٩٨٧٦٥٤",
    ],
)  # fmt: skip
def test_others_are_refused_at_once(typed: str) -> None:
    began = time.perf_counter()
    with pytest.raises(ValueError, match="telephone number"):
        read_phone(typed)
    assert time.perf_counter() - began < 0.05


@given(st.text(alphabet="+0123456789 ().-/", max_size=60))
def test_what_is_stored_reads_as_itself(typed: str) -> None:
    try:
        stored = read_phone(typed)
    except ValueError:
        return
    assert read_phone(stored) == stored and len(stored) <= LONGEST and stored == " ".join(stored.split())
