"""The demo's headline figures hold on every day, in the file and in the database."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from riskportal.clock import FixedClock
from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.demo.file import FOLDER, portfolio
from riskportal.demo.users import DEMO_USERS
from riskportal.files.blobs import LocalBlobStore
from riskportal.portfolio.core import CORE_IMPORTERS
from riskportal.portfolio.loader import Loader
from riskportal.tenancy.models import Tenant
from riskportal_billing.importers import IMPORTERS as BILLING
from riskportal_billing.models import AutoPay, Invoice
from riskportal_services.importers import IMPORTERS as SERVICES
from riskportal_services.services.overview import Overview

ODD_DAYS = [
    date(2027, 4, 20),
    date(2027, 5, 11),
    date(2027, 5, 12),
    date(2027, 5, 13),
    date(2028, 2, 29),
    date(2026, 12, 31),
    date(2027, 1, 1),
    date(2027, 3, 31),
]
ALL = (*CORE_IMPORTERS, *SERVICES, *BILLING)
GROUP = "northwind-main"


def day(text: str) -> date:
    return date.fromisoformat(text)


def mine(file: dict[str, Any], section: str) -> list[dict[str, Any]]:
    return [record for record in file[section] if record.get("bill_group") == GROUP]


@settings(max_examples=150, deadline=None)
@given(today=st.dates(date(2024, 1, 1), date(2044, 12, 31)))
@example(today=date(2027, 5, 11))
@example(today=date(2027, 5, 12))
@example(today=date(2027, 5, 13))
@example(today=date(2028, 2, 29))
@example(today=date(2026, 12, 31))
@example(today=date(2027, 1, 1))
def test_figures_of_the_file(today: date) -> None:
    file = portfolio(today)
    products = {record["ref"]: record["area"] for record in file["products"]}
    active = {products[s["product"]] for s in mine(file, "services") if s["state"] == "active"}
    active |= {p["area"] for p in mine(file, "projects") if p["state"] == "active"}
    assert len(active) == 4

    paid: dict[str, Decimal] = defaultdict(Decimal)
    for payment in mine(file, "payments"):
        for part in payment["allocations"]:
            paid[part["invoice"]] += Decimal(part["amount"]) * (-1 if payment.get("kind") == "refund" else 1)
        assert day(payment["received_on"]) <= today
    given_back = {
        part["invoice"] for p in mine(file, "payments") if p.get("kind") == "refund" for part in p["allocations"]
    }
    invoices = [i for i in mine(file, "invoices") if i["document_state"] == "issued" and i["ref"] not in given_back]
    still = {
        i["ref"]: (i["total"], day(i["due_on"]) - today) for i in invoices if paid[i["ref"]] != Decimal(i["total"])
    }
    assert still == {
        "northwind-relaunch-8": ("920.00", timedelta(days=-3)),
        "northwind-size-guide": ("360.00", timedelta(days=10)),
    }
    assert len(invoices) > 60

    renewals = [day(s["renews_on"]) for s in mine(file, "services") if s["state"] == "active" and "renews_on" in s]
    assert len(renewals) == 1
    renewal = renewals[0]
    assert (renewal.month, renewal.day) == (5, 12)
    assert today <= renewal < today + timedelta(days=367)
    start = renewal if renewal == today else renewal.replace(year=renewal.year - 1)
    milestones = [m for p in mine(file, "projects") for m in p["milestones"] if "paid_on" in m]
    assert sum(start <= day(m["paid_on"]) <= today for m in milestones) == 7
    assert not any(record["enabled"] for record in mine(file, "autopay"))


@settings(max_examples=60, deadline=None)
@given(today=st.dates(date(2024, 1, 1), date(2044, 12, 31)))
def test_numbers_are_gapless_and_nothing_lies_ahead(today: date) -> None:
    file = portfolio(today)
    for prefix in ("R", "H"):
        numbered = [i for i in file["invoices"] if i["number"].startswith(prefix + "-")]
        per_year: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for invoice in numbered:
            per_year[invoice["number"][2:6]].append(invoice)
        for year, invoices in per_year.items():
            assert [i["number"] for i in invoices] == [f"{prefix}-{year}-{n:04}" for n in range(1, len(invoices) + 1)]
            assert {i["issued_on"][:4] for i in invoices} == {year}
            assert [i["issued_on"] for i in invoices] == sorted(i["issued_on"] for i in invoices)
    assert max(day(i["issued_on"]) for i in file["invoices"]) <= today
    assert max(day(p["received_on"]) for p in file["payments"]) <= today
    for project in file["projects"]:
        for milestone in project["milestones"]:
            dates = [day(milestone[name]) for name in ("done_on", "paid_on") if name in milestone]
            assert dates == sorted(dates)
            assert all(on <= today for on in dates)


@pytest.mark.parametrize("today", ODD_DAYS)
def test_figures_of_the_database(today: date, clock: FixedClock, database: Database, tmp_path: Path) -> None:
    clock.at = datetime(today.year, today.month, today.day, 9, tzinfo=UTC)
    loader = Loader(database, ALL, LocalBlobStore(tmp_path / "files"))
    report = loader.load(portfolio(today), folder=FOLDER)
    assert not report.mismatches()
    again = loader.load(portfolio(today), folder=FOLDER).total
    assert (again.created, again.updated) == (0, 0)

    with database.session(Scope.system_wide("test"), write=False) as db:
        riskito, harbour = db.scalars(select(Tenant).order_by(Tenant.id))
        assert riskito.logo_media_type == harbour.logo_media_type == "image/png"
        group = db.scalars(
            select(BillGroup).where(BillGroup.tenant_id == riskito.id, BillGroup.name == "Main account")
        ).one()
    with database.session(Scope.bill_group(riskito.id, group.id), write=False) as db:
        overview = Overview(db, today)
        assert overview.active_areas == 4
        renewal = overview.next_renewal()
        assert renewal is not None
        assert (renewal.name, renewal.on.month, renewal.on.day) == ("Care plan Plus", 5, 12)
        assert overview.milestones == (7, 9)
        assert overview.next_billing_date is not None
        assert overview.next_billing_date > today
        is_open = (Invoice.document_state == "issued", Invoice.open_minor > 0)
        found = db.scalars(select(Invoice).where(*is_open).order_by(Invoice.due_on)).all()
        assert [(i.open_minor, (i.due_on - today).days) for i in found if i.due_on] == [(92000, -3), (36000, 10)]
        assert db.scalars(select(AutoPay.enabled)).all() == [False]


def test_demo_users_may_come_in() -> None:
    file = portfolio(date(2027, 4, 20))
    rules = {rule["value"] for rule in file["access_rules"]}
    hosts = {host for tenant in file["tenants"] for host in tenant["hosts"]}
    for user in DEMO_USERS:
        assert user.email in rules
        assert set(user.hosts) <= hosts
    names = {user["email"]: user["name"] for user in file["users"]}
    assert all(names[user.email].startswith(user.name.split()[0]) for user in DEMO_USERS)


def test_everything_is_invented() -> None:
    """Addresses end in reserved names only (RFC 2606), telephone numbers in none that rings."""
    text = str(portfolio(date(2027, 4, 20)))
    domains = set(re.findall(r"@([a-z0-9.-]+)", text))
    assert domains
    assert all(domain.endswith(".example") for domain in domains)
