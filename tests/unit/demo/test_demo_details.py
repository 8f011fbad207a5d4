"""What the demo's people would type: numbers that pass every check, contacts of each kind."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from riskportal.customers.phones import read_phone
from riskportal.customers.vat import other_country, read_vat_number
from riskportal.demo.file import portfolio
from riskportal.identity.addresses import canonical_email


@pytest.fixture(scope="module")
def file() -> dict[str, Any]:
    return portfolio(date(2027, 4, 20))


def test_numbers_of_the_demo_pass_our_own_checks(file: dict[str, Any]) -> None:
    groups = file["bill_groups"]
    for row in (*groups, *file["tenants"]):
        country = row["address"]["country"]
        if "vat_number" in row:
            assert read_vat_number(row["vat_number"], country).text == row["vat_number"]
            assert other_country(row["vat_number"], country) is None
    for row in (*groups, *file["contacts"]):
        assert "phone" not in row or read_phone(row["phone"]) == row["phone"]
        assert "email" not in row or canonical_email(row["email"]) == row["email"]
    assert {"DK", "DE", "IE", "CH"} <= {row["vat_number"][:2] for row in groups if "vat_number" in row}
    assert sum("po_number" in row for row in groups) >= 3


def test_there_is_a_contact_of_each_kind_and_an_account_without_any(file: dict[str, Any]) -> None:
    assert {row["kind"] for row in file["contacts"]} == {"billing", "shipping", "other"}
    assert {row["ref"] for row in file["bill_groups"]} > {row["bill_group"] for row in file["contacts"]}
    singles = [(row["bill_group"], row["kind"]) for row in file["contacts"] if row["kind"] != "other"]
    assert len(set(singles)) == len(singles)
