"""The register asked by jobs over real HTTP: answers stored, patience while it is down, what the page says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from register_server import RegisterServer, confirm, raw, trouble
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.customers.checks import PATIENCE, PAUSES
from riskportal.customers.models import BillGroup, VatCheck
from riskportal.db.guard import Scope
from riskportal.jobs.models import JobRow
from riskportal.tenancy.models import Tenant

GIVEN = {"vat_number": "DK13585628", "country": "DK", "postcode": "8000"}


@pytest.fixture
def portal_settings(portal_settings: dict[str, str], register: RegisterServer) -> dict[str, str]:
    """A portal that asks the register on loopback."""
    return {**portal_settings, "riskportal.vat_register": f"vies:{register.url}"}


@pytest.fixture
def tenant(make: Any) -> Any:
    """A provider with a VAT number of its own, so that the register gives a proof."""
    return make.tenant(vat_number="DE136695976")


@pytest.fixture
def me(testapp: Any, signed_in: Any, user: Any) -> Any:
    """The owner's browser."""
    return signed_in(testapp, user)


@pytest.fixture
def page(me: Any, bill_group: Any) -> Any:
    """`page()`: the details as the owner sees them."""
    return lambda: me.get(f"/g/{bill_group.public_id}/account/details")


@pytest.fixture
def give(me: Any, bill_group: Any) -> Any:
    """`give("DK13585628")`: type another VAT number and save."""

    def save(number: str) -> Any:
        form = me.get(f"/g/{bill_group.public_id}/account/details/edit").forms["form"]
        form["vat_number"] = number
        return form.submit("save", status=303).follow()

    return save


@pytest.fixture
def ask(page: Any) -> Any:
    """`ask()`: press the button that asks the register (again)."""

    def press() -> Any:
        form = next(form for form in page().forms.values() if form.action.endswith("/check-vat"))
        return form.submit(status=303).follow()

    return press


@pytest.fixture
def rows(database: Any, tenant: Any) -> Any:
    """`rows(VatCheck)`: the rows of the tenant, oldest first."""

    def read(model: Any) -> list[Any]:
        with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
            return list(db.scalars(select(model).order_by(model.id)))

    return read


def test_a_new_number_is_confirmed(
    give: Any, page: Any, run_jobs: Any, rows: Any, register: RegisterServer, clock: Any
) -> None:
    assert "We are asking the EU register about this number." in give("DK13585628").text
    run_jobs()
    (check,) = rows(VatCheck)
    assert (check.state, check.answered_at, check.reference) == ("confirmed", clock.now(), "WAPIAAAAYxyz123")
    assert register.asked[0][1]["requesterNumber"] == "136695976"
    text = page().text
    assert "Confirmed by the EU register on 20 Apr." in text
    assert "NORTHWIND ATELIER GMBH, KANALGADE 4, 8000 AARHUS" in text
    assert "under another name" not in text  # it differs in case only
    codes = [entry.code for entry in rows(AuditEntry)]
    assert codes == ["core.details_changed", "core.vat_confirmed"]


def test_a_name_and_postcode_that_differ_are_hinted_at(
    give: Any, page: Any, run_jobs: Any, register: RegisterServer, database: Any, bill_group: Any
) -> None:
    register.reply = confirm(name="SOUTHWIND", address="ODENSEVEJ 1\n5000 ODENSE")
    with database.session(Scope.bill_group(bill_group.tenant_id, bill_group.id)) as db:
        db.get_one(BillGroup, bill_group.id).postcode = "8000"
    give("DK13585628")
    run_jobs()
    text = page().text
    assert "under another name than the one on invoices" in text and "another postcode" in text


def test_a_number_that_the_register_does_not_know(
    give: Any, page: Any, run_jobs: Any, register: RegisterServer, rows: Any
) -> None:
    register.reply = confirm(valid=False, name="---", address="---")
    give("DK13585628")
    run_jobs()
    assert "know this number (asked on 20 Apr)" in page().text
    assert [check.state for check in rows(VatCheck)] == ["unknown"]
    assert rows(AuditEntry)[-1].code == "core.vat_unknown"


@pytest.mark.parametrize(
    "reply",
    [trouble("MS_UNAVAILABLE"), raw(b"oops", 500), raw(b"{"), confirm(countryCode="SE"), confirm(valid="yes")],
)
def test_while_the_register_is_down_it_is_asked_again(
    give: Any, page: Any, run_jobs: Any, register: RegisterServer, rows: Any, clock: Any, reply: Any
) -> None:
    register.reply = reply
    give("DK13585628")
    for number, pause in enumerate(PAUSES[:4], start=1):
        run_jobs()
        run_jobs()  # nothing before its time
        assert len(register.asked) == number
        assert "register didn&#39;t answer. We ask again by ourselves." in page().text
        clock.advance(seconds=pause.total_seconds())
    assert [check.state for check in rows(VatCheck)] == ["unanswered"]
    register.reply = confirm()
    run_jobs()
    assert "Confirmed by the EU register on 20 Apr." in page().text
    clock.advance(days=2)
    run_jobs()
    assert len(register.asked) == 5 and {job.state for job in rows(JobRow)} <= {"done", "queued"}


def test_patience_ends(
    give: Any,
    page: Any,
    run_jobs: Any,
    register: RegisterServer,
    clock: Any,
    rows: Any,
    me: Any,
    signed_in: Any,
    user: Any,
) -> None:
    register.reply = trouble("SERVICE_UNAVAILABLE")
    give("DK13585628")
    for _ in range(len(PAUSES) + 5):
        run_jobs()
        clock.advance(days=1)
    assert len(register.asked) == len(PAUSES) + 1
    assert timedelta(days=7) < PATIENCE < timedelta(days=9)
    signed_in(me, user)
    text = page().text
    assert "register didn&#39;t answer for days." in text and "Ask the register again" in text
    assert [job.state for job in rows(JobRow) if job.name == "core.check_vat"] == ["done"] * (len(PAUSES) + 1)


def test_a_number_that_changed_meanwhile_is_not_asked_about(
    give: Any, run_jobs: Any, register: RegisterServer, rows: Any, page: Any
) -> None:
    give("DK13585628")
    give("DE136695976")
    run_jobs()
    assert [question["vatNumber"] for _path, question in register.asked] == ["136695976"]
    assert [check.state for check in rows(VatCheck)] == ["asked", "confirmed"]
    assert "Confirmed" in page().text
    give("")
    assert "Confirmed" not in page().text


def test_a_second_run_of_the_job_asks_nobody(
    give: Any, run_jobs: Any, register: RegisterServer, rows: Any, database: Any, tenant: Any
) -> None:
    from riskportal.jobs.services import enqueue

    give("DK13585628")
    run_jobs()
    (check,) = rows(VatCheck)
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        enqueue(db, "core.check_vat", {"check": check.public_id}, bill_group_id=check.bill_group_id)
        enqueue(db, "core.check_vat", {"check": "gone"})
    run_jobs()
    assert len(register.asked) == 1
    assert [entry.code for entry in rows(AuditEntry)].count("core.vat_confirmed") == 1


def test_asking_again_has_limits_and_an_earlier_answer_stays(
    give: Any, ask: Any, page: Any, run_jobs: Any, register: RegisterServer, clock: Any, rows: Any
) -> None:
    give("DK13585628")
    run_jobs()
    clock.advance(days=3)
    register.reply = trouble("MS_UNAVAILABLE")
    assert "We are asking the EU register." in ask().text
    run_jobs()
    text = page().text
    assert "Confirmed by the EU register on 20 Apr." in text and "Ask the register again" not in text
    register.reply = confirm()
    clock.advance(minutes=1)
    run_jobs()
    assert "Confirmed by the EU register on 23 Apr." in page().text
    ask(), run_jobs(), ask(), run_jobs()
    assert "asked several times already" in ask().text
    assert len(rows(VatCheck)) == 4
    assert [entry.code for entry in rows(AuditEntry)].count("core.vat_asked") == 3


def test_numbers_of_other_registers_and_none_at_all(
    give: Any, run_jobs: Any, register: RegisterServer, rows: Any, me: Any, bill_group: Any
) -> None:
    for number, text in (
        ("GB980780684", "Only that is checked for this country: United Kingdom."),
        ("CHE-107.787.577 MWST", "Only that is checked for this country: Switzerland."),
        ("NO995525828MVA", "Only that is checked for this country: Norway."),
    ):
        page = give(number)
        assert text in page.text and "/check-vat" not in page.text
    give("")
    run_jobs()
    assert register.asked == [] and rows(VatCheck) == []
    url = f"/g/{bill_group.public_id}/account/details"
    token = me.get(url).html.select_one("input[name=csrf_token]")["value"]
    assert "There is nothing to check" in me.post(f"{url}/check-vat", {"csrf_token": token}, status=303).follow().text


def test_without_a_register_the_format_alone_is_checked(
    make_app: Any, browser: Any, signed_in: Any, make: Any, customer: Any, run_jobs: Any, register: RegisterServer
) -> None:
    group = make.bill_group(customer, **GIVEN)
    app = make_app(**{"riskportal.vat_register": "none"})
    me = signed_in(browser(app=app), make.member(group, "eva@customer.test"))
    page = me.get(f"/g/{group.public_id}/account/details")
    assert "The number has the right format. Whether it is registered is not checked here." in page.text
    assert "/check-vat" not in page.text
    form = me.get(f"/g/{group.public_id}/account/details/edit").forms["form"]
    form["vat_number"] = "DE136695976"
    form.submit("save", status=303)
    run_jobs()
    assert register.asked == []


def test_stored_numbers_that_can_not_be_right(make: Any, customer: Any, browser: Any, signed_in: Any) -> None:
    cases = (("DE1", "be right. Please compare"), ("12-34", "kept as they were written"), ("DK13585628", "asked yet"))
    for number, text in cases:
        group = make.bill_group(customer, vat_number=number)
        user = make.member(group, f"p{group.id}@customer.test")
        page = signed_in(browser(), user).get(f"/g/{group.public_id}/account/details")
        assert text in page.text


def test_a_number_that_staff_type_for_a_new_bill_group_is_asked_about(
    make: Any, tenant: Any, customer: Any, browser: Any, signed_in: Any, run_jobs: Any, register: RegisterServer,
    rows: Any,
) -> None:  # fmt: skip
    console = signed_in(browser(), make.staff(tenant), kind="staff")
    form = console.get(f"/staff/customers/{customer.public_id}/bill-groups").forms["bill-group"]
    form["name"], form["country"], form["vat_number"] = "Workshop", "DK", "13 58 56 28"
    form["address_line1"], form["city"] = "Kanalgade 4", "Aarhus"
    form.submit("save").follow()
    run_jobs()
    (check,) = rows(VatCheck)
    assert (check.vat_number, check.state) == ("DK13585628", "confirmed")
    assert [group.vat_number for group in rows(BillGroup)] == ["DK13585628"]
    assert register.asked[0][1]["vatNumber"] == "13585628"


@pytest.mark.parametrize("own", ["136 695 976", "de 136.695.976"])
def test_the_provider_s_own_number_asks_in_any_spelling(
    own: str, give: Any, run_jobs: Any, register: RegisterServer, make: Any, tenant: Any, database: Any
) -> None:
    """It may have come from a file or the command line, which keep it as it was written."""
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        db.get_one(Tenant, tenant.id).vat_number = own
    give("DK13585628")
    run_jobs()
    asked = register.asked[0][1]
    assert (asked["requesterMemberStateCode"], asked["requesterNumber"]) == ("DE", "136695976")
