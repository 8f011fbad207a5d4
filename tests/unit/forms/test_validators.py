"""Validators for typed values."""

from datetime import date

import colander
import pytest

from riskportal.forms import CleanText, HexColour, HttpsUrl, LocalDate, clean_text

NODE = colander.SchemaNode(colander.String())


@pytest.mark.parametrize("value", ["Zoë Ærø", "日本", "a\u200db", "👩\u200d💻"])
def test_clean_text_takes_every_script(value: str) -> None:
    CleanText()(NODE, value)


@pytest.mark.parametrize("value", ["a\x00", "a\x1b[0m", "a\u202eb", "a\u200bb", "a\nb", "\ufeffa", "\ud800"])
def test_clean_text_refuses_what_nobody_sees(value: str) -> None:
    with pytest.raises(colander.Invalid):
        CleanText()(NODE, value)


def test_lines_are_allowed_where_asked_for() -> None:
    CleanText(lines=True)(NODE, clean_text(" a\r\nb\tc "))


def test_preparer_leaves_other_values_alone() -> None:
    assert clean_text(colander.null) is colander.null
    assert clean_text("e\u0301 ") == "é"


@pytest.mark.parametrize("value", ["https://a.example", "https://a.example:8443/x?y=1#z"])
def test_https_addresses(value: str) -> None:
    HttpsUrl()(NODE, value)


@pytest.mark.parametrize(
    "value",
    [
        "http://a.example",
        "https:a.example",
        "https://",
        "https://u:p@a.example",
        "https://a.example\\@b",
        "https://a b",
        "https://[::1",
        "https://a.example:99999",
        "javascript:alert(1)",
        "//a.example",
        "https://a/" + "x" * 2000,
    ],
)
def test_other_addresses_are_refused(value: str) -> None:
    with pytest.raises(colander.Invalid):
        HttpsUrl()(NODE, value)


@pytest.mark.parametrize(
    ("value", "good"), [("#0b5d57", True), ("#0B5D57", True), ("0b5d57", False), ("#fff", False)]
)
def test_colours(value: str, good: bool) -> None:
    if good:
        HexColour()(NODE, value)
    else:
        with pytest.raises(colander.Invalid):
            HexColour()(NODE, value)


def test_dates_within_bounds() -> None:
    check = LocalDate(earliest=date(2026, 1, 1), latest=date(2026, 12, 31))
    check(NODE, date(2026, 1, 1))
    for day in (date(2025, 12, 31), date(2027, 1, 1)):
        with pytest.raises(colander.Invalid):
            check(NODE, day)
