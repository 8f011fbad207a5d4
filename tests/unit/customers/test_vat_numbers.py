"""VAT numbers: right and wrong ones of every country that is checked, spellings, hostile texts."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskportal.customers.vat import (
    _CHECKED,
    _OF_COUNTRY,
    EU_PREFIXES,
    LONGEST,
    VatWrong,
    known_vat_number,
    other_country,
    read_vat_number,
    vat_example,
)

# prefix -> (typed, stored) that are right, then one with a wrong check digit, then one of a wrong shape.
TABLE = {
    "AT": ("ATU13585627", "ATU13585627", "ATU13585626", "AT13585627"),
    "BE": ("BE 0428.759.497", "BE0428759497", "BE0428759498", "BE12"),
    "BG": ("BG 175 074 752", "BG175074752", "BG175074751", "BG17507475A"),
    "CY": ("CY-10259033P", "CY10259033P", "CY10259033Z", "CY10259033"),
    "CZ": ("CZ25123891", "CZ25123891", "CZ25123890", "CZ251238"),
    "DE": ("de 136 695 976", "DE136695976", "DE136695978", "DE13669597"),
    "DK": ("DK 13 58 56 28", "DK13585628", "DK13585627", "DK1358562"),
    "EE": ("EE100931558", "EE100931558", "EE100594103", "EE10059410"),
    "EL": ("GR 094259216", "EL094259216", "EL123456781", "EL1234567"),
    "ES": ("ES B-58378431", "ESB58378431", "ESB64717839", "ES5837843"),
    "FI": ("FI 20774740", "FI20774740", "FI20774741", "FI2077474"),
    "FR": ("FR 40 303 265 045", "FR40303265045", "FR84323140391", "FR4030326504"),
    "HR": ("HR33392005961", "HR33392005961", "HR33392005962", "HR3339200596"),
    "HU": ("HU-12892312", "HU12892312", "HU12892313", "HU1289231"),
    "IE": ("IE 6433435OA", "IE6433435OA", "IE6433435E", "IE643343"),
    "IT": ("IT 00743110157", "IT00743110157", "IT00743110158", "IT0074311015"),
    "LT": ("LT119511515", "LT119511515", "LT100001919018", "LT11951151"),
    "LU": ("LU 150 274 42", "LU15027442", "LU15027443", "LU1502744"),
    "LV": ("LV 4000 3521 600", "LV40003521600", "LV40003521601", "LV4000352160"),
    "MT": ("MT 1167-9112", "MT11679112", "MT11679113", "MT1167911"),
    "NL": ("NL4495445B01", "NL004495445B01", "NL123456789B90", "NL004495445X01"),
    "PL": ("PL 856-734-62-15", "PL8567346215", "PL8567346216", "PL856734621"),
    "PT": ("PT 501 964 843", "PT501964843", "PT501964842", "PT50196484"),
    "RO": ("RO 185 472 90", "RO18547290", "RO18547291", "RO1"),
    "SE": ("SE 123456-789701", "SE123456789701", "SE123456789101", "SE12345678970"),
    "SI": ("SI 5022 3054", "SI50223054", "SI50223055", "SI5022305"),
    "SK": ("SK 202 274 96 19", "SK2022749619", "SK2022749618", "SK202274961"),
    "XI": ("XI 980 7806 84", "XI980780684", "XI802311781", "XI98078068"),
    "GB": ("GB 980 7806 84", "GB980780684", "GB802311781", "GB98078068"),
    "CHE": ("che-107.787.577 iva", "CHE-107.787.577 IVA", "CHE-107.787.578 IVA", "CHE-107.787.577 VAT"),
    "NO": ("NO 995 525 828 MVA", "NO995525828MVA", "NO995525829MVA", "NO99552582MVA"),
}


def test_the_table_names_every_country_that_is_promised() -> None:
    assert set(TABLE) == EU_PREFIXES | {"GB", "CHE", "NO"}
    assert len(EU_PREFIXES) == 28  # 27 states and Northern Ireland


@pytest.mark.parametrize("prefix", TABLE)
def test_a_right_number_is_stored_in_one_form(prefix: str) -> None:
    typed, stored, _, _ = TABLE[prefix]
    number = read_vat_number(typed)
    assert (number.prefix, number.text) == (prefix, stored)
    assert number.in_eu_register == (prefix in EU_PREFIXES)
    assert len(stored) <= LONGEST
    # What is stored reads as itself, and its first letters may be left out where the address tells them.
    assert known_vat_number(stored) == number
    if prefix != "XI":
        assert read_vat_number(typed[3 if prefix == "CHE" else 2 :], number.country).text == stored


@pytest.mark.parametrize("prefix", TABLE)
def test_a_wrong_number_is_refused_with_an_example_of_its_country(prefix: str) -> None:
    _, stored, wrong_digit, wrong_shape = TABLE[prefix]
    for typed in (wrong_digit, wrong_shape):
        with pytest.raises(VatWrong) as refused:
            read_vat_number(typed)
        assert refused.value.example is not None
        assert refused.value.example.startswith(prefix)
        assert refused.value.country == read_vat_number(stored).country
    with pytest.raises(VatWrong) as refused:
        read_vat_number(wrong_shape)
    assert refused.value.reason == "shape"


@pytest.mark.parametrize("country", [*sorted(_OF_COUNTRY), "US", None])
def test_the_example_for_a_country_is_a_number_that_is_taken(country: str | None) -> None:
    example = vat_example(country)
    number = read_vat_number(example)
    assert number.text == example
    assert read_vat_number(example, country).text == example


@pytest.mark.parametrize("prefix", _CHECKED)
def test_the_example_for_a_prefix_is_a_number_that_is_taken(prefix: str) -> None:
    country, example = _CHECKED[prefix]
    number = read_vat_number(example)
    assert (number.prefix, number.country, number.text) == (prefix, country, example)


def test_wrong_check_digits_are_told_from_a_wrong_shape() -> None:
    for prefix in ("DE", "FR", "GB", "CHE", "NO", "PL"):
        with pytest.raises(VatWrong) as refused:
            read_vat_number(TABLE[prefix][2])
        assert refused.value.reason == "digits"


def test_other_usual_spellings() -> None:
    assert read_vat_number("CHE-107.787.577").text == "CHE-107.787.577"  # the company's number alone
    assert read_vat_number("CHE107787577MWST").text == "CHE-107.787.577 MWST"
    assert read_vat_number("NO995525828").text == "NO995525828MVA"
    assert read_vat_number("FR K7 399859412").text == "FRK7399859412"
    assert read_vat_number("GBGD001").text == "GBGD001"
    assert read_vat_number("LT100001919017").text == "LT100001919017"
    assert read_vat_number("DE\u2011136\u00a0695\u00b7976").text == "DE136695976"  # as copied from a PDF
    assert read_vat_number("980780684", "IM").text == "GB980780684"
    assert read_vat_number("40303265045", "MC").text == "FR40303265045"


def test_without_letters_and_without_an_address_nobody_knows_the_country() -> None:
    with pytest.raises(VatWrong) as refused:
        read_vat_number("136695976")
    assert refused.value.reason == "country"
    with pytest.raises(VatWrong):
        read_vat_number("XY136695976")


def test_numbers_of_other_countries_are_kept_as_typed() -> None:
    for typed, country in (("12-3456789", "US"), ("  ESPR850101AB1 ", "MX"), ("51 824 753 556", "AU")):
        number = read_vat_number(typed, country)
        assert (number.text, number.country, number.in_eu_register) == (typed.strip(), None, False)
        assert known_vat_number(number.text) is None
    # A European number under an address abroad is still read as one.
    assert read_vat_number("DE 136 695 976", "US").text == "DE136695976"
    with pytest.raises(VatWrong):
        read_vat_number("DE 136 695 978", "US")


def test_a_number_from_elsewhere_is_told() -> None:
    assert other_country("FR40303265045", "DE") == "FR"
    assert other_country("DE136695976", "DE") is None
    assert other_country("EL094259216", "GR") is None
    assert other_country("XI980780684", "GB") is None
    assert other_country("GB980780684", "IM") is None
    assert other_country("DE136695976", None) is None
    assert other_country(None, "DE") is None
    assert other_country("nonsense", "DE") is None


@given(st.text(), st.sampled_from([None, "DE", "GR", "CH", "GB", "US", "XX"]))
def test_any_text_is_read_or_refused(typed: str, country: str | None) -> None:
    try:
        number = read_vat_number(typed, country)
    except VatWrong:
        return
    assert len(number.text) <= LONGEST
    if number.country:
        assert number.text.isascii()
        assert known_vat_number(number.text) == number


@pytest.mark.parametrize(
    "hostile",
    [
        "DE" + "1" * 100_000,
        "DE" + " .-/" * 25_000 + "1",
        "ES" + "A" * 100_000,
        "CHE-" * 25_000,
        "１３６６９５９７６",
        "DE136695976\u202e",
        "DE136695976\x00",
        "DE\r\n136695976<script>",
        "=HYPERLINK(1)",
        "\ud800DE1",
    ],
)
def test_hostile_texts_are_refused_at_once(hostile: str) -> None:
    began = time.perf_counter()
    with pytest.raises(VatWrong):
        read_vat_number(hostile, "DE")
    assert time.perf_counter() - began < 0.05
