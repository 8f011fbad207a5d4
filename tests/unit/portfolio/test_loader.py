"""Loading whole files: all or nothing, twice is once, and a proof at the end."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from riskportal.audit.models import AuditEntry
from riskportal.customers.models import BillGroup, Customer
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.files.blobs import LocalBlobStore
from riskportal.identity.models import AccessRule, User
from riskportal.portfolio.base import PortfolioError, ProofRow
from riskportal.portfolio.core import CORE_IMPORTERS
from riskportal.portfolio.loader import Loader
from riskportal.tenancy.models import Tenant, TenantHost, TenantModule

SYSTEM = Scope.system_wide("test")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)

OTHER_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR4nGMQUDBwCEgAAAOHAVEweXTmAAAAAElFTkSuQmCC"
)


def rows(database: Database, model: Any) -> list[Any]:
    with database.session(SYSTEM, write=False) as db:
        return list(db.scalars(select(model).order_by(model.id)))


def count(database: Database) -> int:
    with database.session(SYSTEM, write=False) as db:
        return sum(db.scalar(select(func.count()).select_from(m)) or 0 for m in (Tenant, Customer, User, AccessRule))


def problems_of(loader: Loader, raw: Any, **how: Any) -> list[str]:
    with pytest.raises(PortfolioError) as caught:
        loader.load(raw, **how)
    return [str(problem) for problem in caught.value.problems]


def test_loads_what_the_file_says(loader: Loader, portfolio_database: Database, file: dict[str, Any]) -> None:
    report = loader.load(file)
    assert report.total.created == 7
    assert not report.mismatches()
    (tenant,) = rows(portfolio_database, Tenant)
    assert (tenant.name, tenant.country, tenant.languages) == ("RiskITO", "DE", ["en", "de"])
    (group,) = rows(portfolio_database, BillGroup)
    assert (group.name, group.city, group.po_number) == ("Main account", "Aarhus", "4500-88")
    (rule,) = rows(portfolio_database, AccessRule)
    assert (rule.value, rule.bill_group_id) == ("mara@northwind.example", group.id)


def test_loading_again_changes_nothing(loader: Loader, portfolio_database: Database, file: dict[str, Any]) -> None:
    loader.load(file)
    before = [(row.id, row.updated_at) for row in rows(portfolio_database, Customer)]
    portfolio_database.clock.advance(days=1)
    total = loader.load(file).total
    assert (total.created, total.updated, total.unchanged) == (0, 0, 7)
    assert [(row.id, row.updated_at) for row in rows(portfolio_database, Customer)] == before


def test_a_changed_record_is_brought_up_to_date(
    loader: Loader, portfolio_database: Database, file: dict[str, Any]
) -> None:
    loader.load(file)
    file["bill_groups"][0]["po_number"] = "77"
    file["tenants"][0] |= {"hosts": ["portal.riskito.example", "new.example"], "modules_off": ["billing"]}
    total = loader.load(file).total
    assert (total.created, total.updated) == (0, 2)
    assert rows(portfolio_database, BillGroup)[0].po_number == "77"
    assert {row.host for row in rows(portfolio_database, TenantHost)} == {"portal.riskito.example", "new.example"}
    assert [(row.module, row.enabled) for row in rows(portfolio_database, TenantModule)] == [("billing", False)]
    assert rows(portfolio_database, Tenant)[0].config_version == 2
    file["tenants"][0]["modules_off"] = []
    loader.load(file)
    assert [(row.module, row.enabled) for row in rows(portfolio_database, TenantModule)] == [("billing", True)]


def test_dry_run_reports_and_keeps_nothing(
    loader: Loader, portfolio_database: Database, blobs: LocalBlobStore, file: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "logo.png").write_bytes(PNG)
    file["tenants"][0]["logo"] = "logo.png"
    report = loader.load(file, dry_run=True, folder=tmp_path)
    assert report.total.created == 7
    assert "dry run, nothing was kept" in "\n".join(report.lines())
    assert count(portfolio_database) == 0
    assert not list((tmp_path / "files").rglob("*"))


def test_logo_is_stored_and_its_change_noticed(
    loader: Loader, portfolio_database: Database, blobs: LocalBlobStore, file: dict[str, Any], tmp_path: Path
) -> None:
    file["tenants"][0]["logo"] = "logo.png"
    assert problems_of(loader, file, folder=tmp_path)[0].startswith("tenants[0].logo: can't read logo.png")
    (tmp_path / "logo.png").write_bytes(b"<svg/>")
    assert "no PNG or JPEG" in problems_of(loader, file, folder=tmp_path)[0]
    (tmp_path / "logo.png").write_bytes(PNG)
    loader.load(file, folder=tmp_path)
    (tenant,) = rows(portfolio_database, Tenant)
    assert tenant.logo_media_type == "image/png"
    assert blobs.exists(tenant.logo_sha256)
    (tmp_path / "logo.png").write_bytes(PNG + b"nothing that is drawn")
    assert loader.load(file, folder=tmp_path).total.updated == 0
    (tmp_path / "logo.png").write_bytes(OTHER_PNG)
    assert loader.load(file, folder=tmp_path).total.updated == 1
    file["tenants"][0]["logo"] = "../../etc/passwd"
    assert "inside the folder" in problems_of(loader, file, folder=tmp_path)[0]


def test_one_bad_tenant_keeps_all_out(loader: Loader, portfolio_database: Database, file: dict[str, Any]) -> None:
    other = {**file["tenants"][0], "ref": "harbour", "base_url": "https://h.example", "hosts": ["h.example"]}
    file["tenants"].append(other)
    for section in ("customers", "bill_groups", "contacts", "users", "access_rules", "mails"):
        file[section][0]["tenant"] = "riskito"
    file["customers"].append({"ref": "c1", "name": "Pier 9", "tenant": "harbour"})
    file["bill_groups"].append(
        {"ref": "g", "name": "G", "customer": "northwind", "currency": "EUR", "language": "en", "tenant": "harbour"}
    )
    assert problems_of(loader, file) == [
        'bill_groups[1].customer: no record "northwind" in customers, neither in this file nor loaded before'
    ]
    assert count(portfolio_database) == 0
    file["bill_groups"][1]["customer"] = "c1"
    loader.load(file)
    tenants = {row.id: row.name for row in rows(portfolio_database, Tenant)}
    assert len(tenants) == 2
    assert len({row.tenant_id for row in rows(portfolio_database, Customer)}) == 2


def test_records_find_their_tenant(loader: Loader, portfolio_database: Database, file: dict[str, Any]) -> None:
    more = {"format": "riskportal/1", "customers": [{"ref": "c2", "name": "Second"}]}
    assert "must say whose these records are" in problems_of(loader, more)[0]
    loader.load(file)
    assert loader.load(more).total.created == 1  # the only tenant of the database
    host = more | {"tenant": "portal.riskito.example", "customers": [{"ref": "c3", "name": "Third"}]}
    assert loader.load(host).total.created == 1
    assert problems_of(loader, more | {"tenant": "riskitto"}) == [
        "tenant: expected a tenant of this file or of the database (ref or host name), "
        'not "riskitto", did you mean "riskito"?'
    ]
    assert problems_of(loader, more, tenant="nobody")[0].startswith('--tenant: no tenant "nobody"')
    assert loader.load(more, tenant="riskito").total.unchanged == 1


def test_a_later_file_may_point_at_what_was_loaded(loader: Loader, file: dict[str, Any]) -> None:
    loader.load(file)
    contact = {"ref": "k", "bill_group": "northwind-main", "name": "Jonas"}
    assert loader.load({"format": "riskportal/1", "contacts": [contact]}).total.created == 1


def test_host_of_another_tenant(loader: Loader, file: dict[str, Any]) -> None:
    loader.load(file)
    thief = {"format": "riskportal/1", "tenants": [{**file["tenants"][0], "ref": "thief"}]}
    assert problems_of(loader, thief) == [
        'tenants[0].hosts[0]: "portal.riskito.example" belongs to another tenant of the database already'
    ]


def test_a_shared_mailbox_beside_its_domain_overlaps_nothing(loader: Loader, file: dict[str, Any]) -> None:
    rules = [
        {**file["access_rules"][0], "ref": ref, "kind": kind, "value": value}
        for ref, kind, value in (("d", "domain", "northwind.example"), ("i", "email", "info@northwind.example"))
    ]
    loader.load({**file, "access_rules": rules})


def test_a_removed_rule_does_not_come_back(loader: Loader, file: dict[str, Any]) -> None:
    loader.load(file)
    with loader.database.session(SYSTEM) as db:
        for rule in db.scalars(select(AccessRule)):
            db.delete(rule)
    assert problems_of(loader, file)[0].startswith("access_rules[0]: this rule was removed in the portal since")


def test_overlapping_rules_are_named(loader: Loader, file: dict[str, Any]) -> None:
    domain = {
        "ref": "d",
        "bill_group": "northwind-main",
        "kind": "domain",
        "value": "Northwind.example",
        "role": "viewer",
    }
    both = {**file, "access_rules": [*file["access_rules"], domain]}
    (message,) = problems_of(loader, both)
    assert message.startswith("access_rules[0].value: the e-mail rule for mara@northwind.example overlaps")
    loader.load(file)
    (message,) = problems_of(loader, {"format": "riskportal/1", "access_rules": [domain]})
    assert "a rule of the database" in message


def test_a_user_who_signed_in_before_is_taken_over(
    loader: Loader, portfolio_database: Database, file: dict[str, Any]
) -> None:
    loader.load(file)
    (tenant,) = rows(portfolio_database, Tenant)
    with portfolio_database.session(Scope.tenant_wide(tenant.id)) as db:
        db.add(User(email="ida@northwind.example"))
    ida = {"ref": "ida", "email": "Ida@Northwind.example", "name": "Ida"}
    report = loader.load({"format": "riskportal/1", "users": [ida]})
    assert (report.total.created, report.total.updated) == (0, 1)
    assert [row.name for row in rows(portfolio_database, User)] == ["Mara Holm", "Ida"]


def test_proof_that_fails_aborts(portfolio_database: Database, file: dict[str, Any]) -> None:
    def lie(_ctx: Any, _records: Any) -> list[ProofRow]:
        return [ProofRow("users", "sum", 1000, 900, "EUR")]

    lying = [replace(i, proof=lie) if i.section == "users" else i for i in CORE_IMPORTERS]
    (message,) = problems_of(Loader(portfolio_database, lying), file)
    assert message == (
        "users: the proof failed for RiskITO, sum: file 10.00 EUR, database 9.00 EUR; nothing was kept"
    )
    assert count(portfolio_database) == 0


def test_two_loads_at_once_do_not_double(loader: Loader, portfolio_database: Database, file: dict[str, Any]) -> None:
    failures = []

    def run() -> None:
        try:
            loader.load(file)
        except PortfolioError as error:
            failures.append(str(error))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows(portfolio_database, Customer)) == 1
    assert failures == []


def test_no_record_is_looked_up_alone(loader: Loader, file: dict[str, Any], portfolio_database: Database) -> None:
    file["customers"] += [{"ref": f"c{n}", "name": f"Customer {n}"} for n in range(5000)]
    statements = []
    event.listen(portfolio_database.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    assert loader.load(file).total.created == 5007
    assert loader.load(file).total.unchanged == 5007
    # SQLite inserts row by row; what is asked must not grow with the file.
    assert sum(not statement.startswith("INSERT") for statement in statements) < 120


def test_file_on_disk(loader: Loader, file: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps(file))
    assert loader.load_file(path).total.created == 7
    with pytest.raises(PortfolioError, match="can't read"):
        loader.load_file(tmp_path / "absent.json")


def test_a_load_is_noted_once(loader: Loader, portfolio_database: Database, file: dict[str, Any]) -> None:
    loader.load(file, dry_run=True)
    loader.load(file)
    loader.load(file)
    (entry,) = rows(portfolio_database, AuditEntry)
    assert (entry.code, entry.data) == ("core.data_loaded", {"created": 6, "updated": 0})


def test_a_domain_of_everybody_lets_nobody_in(loader: Loader, file: dict[str, Any]) -> None:
    file["access_rules"] = [
        {"ref": "world", "bill_group": "northwind-main", "kind": "domain", "value": "GMail.com", "role": "viewer"}
    ]
    assert problems_of(loader, file) == [
        'access_rules[0].value: anybody can have an address under gmail.com; let people in one by one (kind "email")'
    ]
