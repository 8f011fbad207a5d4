"""Broken files: every problem at once, each with its path and what was expected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import colander
import pytest

from riskportal.db.session import Database
from riskportal.portfolio.base import PortfolioError
from riskportal.portfolio.fields import LocalDate
from riskportal.portfolio.loader import Loader
from riskportal.portfolio.reader import parse, read_file


def problems_of(loader: Loader, raw: Any) -> list[str]:
    with pytest.raises(PortfolioError) as caught:
        loader.load(raw)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1,\n "b": }', "line 2, column 7: this is not JSON (expecting value)"),
        (b"", "line 1, column 1: this is not JSON (expecting value)"),
        (b'{"a": "\xff"}', "line 1: byte 8 of the file is not UTF-8; save the file as UTF-8"),
        (b'{"x": [{"a": 1, "a": 2}]}', "x[0].a: this key stands here twice; keep one"),
        (b'{"a": NaN}', "this is not JSON: NaN is no JSON number"),
        (b"[" * 100_000, "objects and lists are nested too deeply"),
        (b"[" * 40 + b"]" * 40, "[0]" * 31 + ": nested deeper than 30 levels"),
        (b"1" * 5000, "this is not usable JSON"),
        (b'{"a": 1e99999999999999999999}', "1e99999999999999999999 is no number that can be kept"),
    ],
)
def test_broken_json(content: bytes, message: str) -> None:
    with pytest.raises(PortfolioError) as caught:
        parse(content)
    assert str(caught.value).startswith(message)


def test_byte_order_mark_is_fine() -> None:
    assert parse(b'\xef\xbb\xbf{"a": "\xc3\xa9"}') == {"a": "é"}


def test_huge_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskportal.portfolio.reader.MAX_BYTES", 10)
    (tmp_path / "big.json").write_text(" " * 11)
    with pytest.raises(PortfolioError, match="larger than"):
        read_file(tmp_path / "big.json")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ([], 'expected an object {"format": "riskportal/1", ...}, not []'),
        ({}, 'format: expected "riskportal/1", but it is missing'),
        ({"format": "riskportal/2"}, 'format: expected "riskportal/1", not "riskportal/2"'),
        ({"format": "riskportal/1", "custommers": []}, 'custommers: unknown section, did you mean "customers"?'),
        ({"format": "riskportal/1", "customers": {}}, "customers: expected a list of records [...], not {}"),
        ({"format": "riskportal/1", "tenant": 3}, "tenant: expected a tenant of this file or of the database"),
    ],
)
def test_broken_shape(loader: Loader, raw: Any, message: str) -> None:
    assert problems_of(loader, raw)[0].startswith(message)


def test_all_errors_at_once(loader: Loader, file: dict[str, Any], portfolio_database: Database) -> None:
    file["tenants"][0] |= {"time_zone": "Europe/Berlinn", "accent": "#eeeeee", "languages": ["en", "fr"]}
    file["tenants"][0] |= {"base_url": "https://elsewhere.example/x"}
    file["customers"] += [{"ref": "northwind", "name": 3}, {"name": "x\x00"}, "text", None]
    file["bill_groups"][0] |= {"currency": "eur", "customer": "nortwind", "colour": "red", "adress": {}}
    file["bill_groups"][0]["address"]["country"] = "Denmark"
    file["contacts"][0] |= {"email": 1.5, "name": None}
    file["users"][0] |= {"email": "nobody", "language": "\ud800"}
    file["access_rules"][0] |= {"kind": "domain", "value": "mara@x", "expires_at": "2026-01-01"}
    found = problems_of(loader, json.loads(json.dumps(file)))
    assert found == [
        "tenants[0].base_url: expected an address without a path such as https://portal.example, "
        'not "https://elsewhere.example/x"',
        "tenants[0].accent: #eeeeee has a contrast of 1.2:1 with a white page; choose a darker colour (3:1 or more)",
        'tenants[0].time_zone: expected an IANA time zone such as Europe/Berlin, not "Europe/Berlinn"',
        'tenants[0].languages[1]: expected one of en, de, not "fr"',
        "customers[1].name: expected text of 1 to 200 characters, not 3",
        'customers[1].ref: "northwind" is the ref of customers[0].ref already; refs are unique',
        "customers[2].ref: is missing: expected your own stable name of this record",
        'customers[2].name: expected text of 1 to 200 characters, not "x\\u0000"',
        'customers[3]: expected an object {...}, not "text"',
        "customers[4]: expected an object {...}, not null",
        'bill_groups[0].currency: expected a currency code such as "EUR", not "eur"',
        'bill_groups[0].address.country: expected a country code of two capital letters such as "DE", not "Denmark"',
        'bill_groups[0].adress: unknown key, did you mean "address"?',
        "bill_groups[0].colour: unknown key; known are ref, customer, name, company_name, currency, language, "
        "address, email, phone, vat_number, registration_number, po_number, portal_enabled, state",
        "contacts[0].name: is missing: expected text of 1 to 200 characters",
        "contacts[0].email: expected an e-mail address, not 1.5",
        'users[0].email: expected an e-mail address, not "nobody"',
        'users[0].language: expected one of en, de, not "\\ud800"',
        'access_rules[0].expires_at: expected a moment with an offset such as "2026-05-12T09:30:00+02:00", '
        'not "2026-01-01"',
    ]


def test_unknown_refs_and_checks_come_with_the_rest(loader: Loader, file: dict[str, Any]) -> None:
    file["bill_groups"][0]["customer"] = "nortwind"
    file["access_rules"][0] |= {"value": "no mail"}
    file["contacts"][0]["name"] = ""
    file["users"].append({**file["users"][0], "ref": "again"})
    file["tenants"][0] |= {"modules_off": ["biling"], "hosts": ["a.example", "a.example"]}
    found = problems_of(loader, file)
    assert found == [
        "tenants[0].base_url: its host portal.riskito.example is not in hosts; links in mails would lead nowhere",
        'tenants[0].hosts[1]: "a.example" stands here twice; keep one',
        'contacts[0].name: expected text of 1 to 200 characters, not ""',
        'access_rules[0].value: expected an e-mail address, not "no mail"',
        'tenants[0].modules_off[0]: unknown module "biling", did you mean "billing"?',
        'bill_groups[0].customer: no record "nortwind" in customers, neither in this file nor loaded before, '
        'did you mean "northwind"?',
        "users[1].email: the same as in users[0]; it must be unique",
    ]


def test_a_broken_record_causes_no_second_error(loader: Loader, file: dict[str, Any]) -> None:
    file["customers"][0]["name"] = 5
    assert problems_of(loader, file) == ["customers[0].name: expected text of 1 to 200 characters, not 5"]


@pytest.mark.parametrize("field", ["name", "sender_name"])
def test_a_name_for_mails_stands_on_one_line(loader: Loader, file: dict[str, Any], field: str) -> None:
    """It once loaded, and then no mail could be sent: nobody could sign in any more."""
    file["tenants"][0][field] = "RiskITO\nBcc: eve@evil.example"
    assert problems_of(loader, file)[0].startswith(f"tenants[0].{field}: expected text of 1 to 200 characters on one")


@pytest.mark.parametrize("text", ["0202-05-01", "1899-12-31", "2027-W18-1", "2027-02-29", "٢٠٢٧-٠٥-٠١"])
def test_days_that_nobody_means_are_refused(text: str) -> None:
    with pytest.raises(colander.Invalid, match="expected a date such as"):
        LocalDate().deserialize(colander.SchemaNode(LocalDate()), text)
