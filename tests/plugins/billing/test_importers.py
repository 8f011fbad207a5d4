"""The portfolio sections invoices, payments and autopay, through the real loader."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.portfolio.base import PortfolioError
from riskportal.portfolio.core import CORE_IMPORTERS
from riskportal.portfolio.loader import Loader
from riskportal.tenancy.models import Tenant
from riskportal_billing.importers import IMPORTERS
from riskportal_billing.models import AutoPay, Invoice, Payment
from riskportal_services.importers import IMPORTERS as SERVICES

Json = dict[str, Any]


@pytest.fixture
def loader(database: Database) -> Loader:
    return Loader(database, [*CORE_IMPORTERS, *IMPORTERS, *SERVICES], modules=("services", "billing"))


@pytest.fixture
def file() -> Json:
    """A whole file made of every section's own example."""
    sections = {i.section: [deepcopy(i.example)] for i in [*CORE_IMPORTERS, *SERVICES, *IMPORTERS]}
    return {"format": "riskportal/1", **sections}


@pytest.fixture
def loaded(database: Database, loader: Loader, file: Json) -> Any:
    """Loads `file` and gives a function that reads all rows of a model."""
    loader.load(file)
    with database.session(Scope.system_wide("test"), write=False) as db:
        scope = Scope.tenant_wide(db.scalars(select(Tenant.id)).one())

    def rows(model: Any) -> list[Any]:
        with database.session(scope, write=False) as db:
            return list(db.scalars(select(model).order_by(model.id)))

    rows.scope = scope  # type: ignore[attr-defined]
    return rows


def problems(loader: Loader, file: Json) -> list[str]:
    with pytest.raises(PortfolioError) as caught:
        loader.load(file)
    return [str(problem) for problem in caught.value.problems]


def test_the_examples_load_and_prove_themselves(loader: Loader, file: Json) -> None:
    report = loader.load(file)
    assert report.mismatches() == []
    proof = {(row.section, row.measure): (row.file, row.database) for part in report.parts for row in part.proof}
    assert proof["invoices", "issued, paid (EUR)"] == (1, 1)
    assert proof["invoices", "issued, paid: total"] == (36000, 36000)
    assert proof["invoices", "issued, paid: open"] == (0, 0)
    assert proof["payments", "payments, succeeded: amount"] == (36000, 36000)
    assert proof["autopay", "records"] == (1, 1)


def test_an_invoice_is_issued_settled_and_linked(loaded: Any, database: Database) -> None:
    (invoice,), (payment,), (autopay,) = loaded(Invoice), loaded(Payment), loaded(AutoPay)
    assert (invoice.document_state, invoice.payment_state, invoice.open_minor) == ("issued", "paid", 0)
    assert invoice.paid_on == payment.received_on
    assert invoice.buyer["name"] == "Northwind Atelier ApS"
    assert invoice.seller["name"] and invoice.language == "en" and invoice.po_number == "4500-88"
    assert "care plan plus" in invoice.search_text
    assert autopay.enabled
    with database.session(loaded.scope, write=False) as db:
        (line,) = db.get_one(Invoice, invoice.id).lines
        assert line.record.kind == "services.service"


def test_loading_again_changes_nothing(loader: Loader, file: Json, loaded: Any) -> None:
    report = loader.load(deepcopy(file))
    assert (report.total.created, report.total.updated) == (0, 0)
    assert report.mismatches() == []
    assert len(loaded(Invoice)) == len(loaded(Payment)) == 1


def test_invoices_alone_prove_with_payments_loaded_before(loader: Loader, file: Json, loaded: Any) -> None:
    del file["payments"]
    assert loader.load(file).mismatches() == []


def test_a_changed_issued_invoice_is_refused(loader: Loader, file: Json, loaded: Any) -> None:
    file["invoices"][0]["note"] = "Thank you"
    (problem,) = problems(loader, file)
    assert problem.startswith("invoices[0]: has been issued and can't change any more")


def test_a_draft_may_change_until_it_is_issued(loader: Loader, file: Json, database: Database) -> None:
    invoice = file["invoices"][0]
    file["payments"] = []
    invoice.update(document_state="draft", number=None, total=None)
    loader.load(deepcopy(file))
    invoice["lines"] = [{**invoice["lines"][0], "title": title, "unit_price": "1.00"} for title in ("One", "Two")]
    loader.load(deepcopy(file))
    invoice.update(document_state="issued", number="R-7", total="2.00")
    report = loader.load(deepcopy(file))
    assert report.mismatches() == [] and report.total.updated == 1
    with database.session(Scope.system_wide("test"), write=False) as db:
        stored = db.scalars(select(Invoice)).one()
        assert [line.title for line in stored.lines] == ["One", "Two"]
        assert (stored.document_state, stored.number, stored.open_minor) == ("issued", "R-7", 200)


def test_every_error_is_reported_at_once_with_its_path(loader: Loader, file: Json) -> None:
    file["invoices"][0].update(total="361.00", due_on="2026-04-01")
    file["invoices"][0]["lines"][0].update(tax_rate="19", unit_price="360.00")
    second = {**deepcopy(file["invoices"][0]), "ref": "second", "number": None, "total": None}
    second["lines"] = [{"title": "x", "unit_price": "-1", "tax_rate": "101"}]
    file["invoices"].append(second)
    file["payments"][0]["allocations"][0]["amount"] = "360.01"
    found = problems(loader, file)
    assert "invoices[0].total: the file says 361.00 EUR, but its lines with VAT come to 428.40 EUR" in found
    assert 'invoices[0].lines[0].tax_rate: VAT category AE charges no VAT: expected "0"' in found
    assert "invoices[0].due_on: is before issued_on, 2026-04-16" in found
    assert any(text.startswith("invoices[1].lines[0].unit_price: can't be negative") for text in found)
    assert any(text.startswith("invoices[1].lines[0].tax_rate: expected percent") for text in found)
    assert any(text.startswith("invoices[1].number: is missing") for text in found)
    assert "payments[0].allocations: come to 360.01 EUR, more than the payment of 360.00 EUR" in found


@pytest.mark.parametrize("text", ["-1", "1e309", "NaN", "1,000", "0.000000001", "9" * 30, "", " 1", "١"])
@pytest.mark.parametrize("key", ["quantity", "unit_price", "tax_rate"])
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_odd_numbers_are_refused_or_exact(loader: Loader, file: Json, key: str, text: str) -> None:
    """security.md C7: nothing odd becomes a number by guessing."""
    file["invoices"][0]["total"] = None
    file["invoices"][0]["lines"][0][key] = text
    assert all(problem.startswith("invoices[0]") for problem in problems(loader, file))


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_an_amount_beyond_any_invoice_is_refused(loader: Loader, file: Json) -> None:
    file["invoices"][0]["total"] = None
    file["invoices"][0]["lines"][0].update(quantity="9999999999999", unit_price="9999999999999")
    assert any("more than an invoice can hold" in text for text in problems(loader, file))


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_huge_lines_that_cancel_each_other_out_are_refused(loader: Loader, file: Json) -> None:
    """Their total is small, but no database integer holds the lines themselves."""
    invoice = file["invoices"][0]
    line = {**invoice["lines"][0], "unit_price": "9999999999999"}
    invoice["total"] = None
    invoice["lines"] += [{**line, "quantity": "9999999999999"}, {**line, "quantity": "-9999999999999"}]
    found = [text for text in problems(loader, file) if "more than an invoice can hold" in text]
    assert [text.split(":")[0] for text in found] == ["invoices[0].lines[1]", "invoices[0].lines[2]"]


def test_a_record_that_is_nowhere_is_named(loader: Loader, file: Json) -> None:
    file["invoices"][0]["lines"][0]["record"]["ref"] = "nowhere"
    (problem,) = problems(loader, file)
    assert problem.startswith('invoices[0].lines[0].record.ref: no record "nowhere" in services')


def test_a_milestone_can_be_billed(loader: Loader, file: Json, database: Database) -> None:
    ref = file["projects"][0]["milestones"][0]["ref"]
    file["invoices"][0]["lines"][0]["record"] = {"section": "milestones", "ref": ref}
    loader.load(file)
    with database.session(Scope.system_wide("test"), write=False) as db:
        assert db.scalars(select(Invoice)).one().lines[0].record.kind == "services.milestone"


def test_numbers_are_unique_in_file_and_database(loader: Loader, file: Json, loaded: Any) -> None:
    copy = {**deepcopy(file["invoices"][0]), "ref": "copy"}
    file["invoices"].append(copy)
    assert any("invoices[1].number" in text for text in problems(loader, file))
    file["invoices"] = [copy]
    assert problems(loader, file) == ['invoices[0].number: "R-2026-0121" is the number of another invoice already']


def test_payments_stay_within_bill_group_currency_and_total(loader: Loader, file: Json) -> None:
    group = {**deepcopy(file["bill_groups"][0]), "ref": "second", "name": "Second"}
    file["bill_groups"].append(group)
    payment = file["payments"][0]
    file["payments"] = [{**payment, "bill_group": "second"}]
    assert "belongs to another bill group" in problems(loader, deepcopy(file))[0]
    file["payments"] = [{**payment, "currency": "CHF"}]
    assert "is in EUR, the payment in CHF" in problems(loader, deepcopy(file))[0]
    file["payments"] = [payment, {**payment, "ref": "again"}]
    found = problems(loader, deepcopy(file))
    assert "payments[1].allocations[0].amount: with this, more than its total of 360.00 EUR" in found[1]


def test_a_booked_payment_keeps_its_amount_but_may_succeed_later(
    loader: Loader, file: Json, database: Database
) -> None:
    payment = file["payments"][0]
    payment["state"] = "pending"
    loader.load(deepcopy(file))
    payment["state"] = "succeeded"
    report = loader.load(deepcopy(file))
    assert report.total.updated == 1 and report.mismatches() == []
    payment.update(amount="400.00")
    assert "can't change; book another one" in problems(loader, deepcopy(file))[0]
    payment.update(amount="360.00", allocations=[])
    assert "an allocation stays as booked" in problems(loader, deepcopy(file))[0]


def test_a_refund_of_everything_leaves_nothing_open(loader: Loader, file: Json, loaded: Any) -> None:
    file["payments"].append({**deepcopy(file["payments"][0]), "ref": "back", "kind": "refund"})
    report = loader.load(file)
    assert report.mismatches() == []
    (invoice,) = loaded(Invoice)
    assert (invoice.payment_state, invoice.open_minor) == ("refunded", 0)


def test_dry_run_writes_nothing(loader: Loader, file: Json, database: Database) -> None:
    loader.load(file, dry_run=True)
    with database.session(Scope.system_wide("test"), write=False) as db:
        assert db.scalars(select(Invoice)).all() == []
