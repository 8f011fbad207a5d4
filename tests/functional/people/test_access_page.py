"""The staff's page "Customer Portal": rules one at a time, the portal and its link (security.md A18, B10-B14, H2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import webtest
from people_steps import services
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.identity.models import AccessRule, Membership

HOSTILE = (
    "<script>alert(1)</script>.com", "a@b.de\r\nBcc: x@y.de", "' OR 1=1 --", "%", "\u202ecompany.com", "x" * 300,
    "{{7*7}}.com", "a@b.de, c@d.de",
)  # fmt: skip


@pytest.fixture
def staff(make: Any, tenant: Any, testapp: webtest.TestApp, signed_in: Callable[..., Any]) -> webtest.TestApp:
    """A browser of the provider's owner."""
    return signed_in(testapp, make.staff(tenant), kind="staff")


@pytest.fixture
def url(bill_group: BillGroup) -> str:
    return f"/staff/bill-groups/{bill_group.public_id}/access"


def rows(database: Database, group: BillGroup, model: Any) -> list[Any]:
    with database.session(Scope.tenant_wide(group.tenant_id), write=False) as db:
        return list(db.scalars(select(model).order_by(model.id)))


def add(app: webtest.TestApp, url: str, value: str, role: str = "viewer", **fields: str) -> Any:
    form = app.get(url).forms["rule"]
    form["value"] = value
    form["rule-role"] = role
    for name, text in fields.items():
        form[name] = text
    return form.submit(expect_errors=True)


def texts(page: Any, selector: str) -> list[str]:
    return [" ".join(found.get_text(" ").split()) for found in page.html.select(selector)]


def test_rules_are_added_one_at_a_time(staff: Any, url: str, database: Database, bill_group: BillGroup) -> None:
    page = staff.get(url)
    assert "Nobody gets in yet" in page
    page = add(staff, url, "Northwind.example").follow()
    assert "northwind.example gets in as Viewer." in page
    # The form stays for another one.
    assert "rule" in page.forms
    page = add(staff, url, "Ada@Customer.test", "owner", until="2027-12-31").follow()
    found = texts(page, "#rules tbody tr")
    assert "ada@customer.test" in found[1] and "Owner" in found[1] and "31 Dec 2027" in found[1]
    assert "Sam Staff" in found[0]
    first, second = rows(database, bill_group, AccessRule)
    assert (first.kind, first.value, first.role, first.expires_at) == ("domain", "northwind.example", "viewer", None)
    # The day is over at midnight in Berlin.
    assert second.expires_at.isoformat() == "2027-12-31T23:00:00+00:00"
    entries = [(e.code, e.bill_group_id, e.data["rule"]) for e in rows(database, bill_group, AuditEntry)]
    assert entries == [
        ("core.rule_added", bill_group.id, "northwind.example"),
        ("core.rule_added", bill_group.id, "ada@customer.test"),
    ]


def test_a_list_is_refused_and_stays_typed(staff: Any, url: str, database: Database, bill_group: BillGroup) -> None:
    page = add(staff, url, "a@b.de, c@d.de", "owner")
    assert page.status_int == 400
    assert "one by one" in texts(page, ".summary")[0]
    assert page.forms["rule"]["value"].value == "a@b.de, c@d.de"
    assert page.forms["rule"]["rule-role"].value == "owner"
    assert not rows(database, bill_group, AccessRule)


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_refused_beside_the_field(staff: Any, url: str, value: str) -> None:
    page = add(staff, url, value)
    assert page.status_int == 400
    assert page.html.select("#rule-value[aria-invalid=true]")
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    "fields", [{"role": "boss"}, {"until": "31.12.2027"}, {"until": "9999-12-31"}, {"until": "2020-01-01"}]
)
def test_other_wrong_fields(staff: Any, url: str, fields: dict[str, str], database: Any, bill_group: Any) -> None:
    form = staff.get(url).forms["rule"]
    form["value"] = "company.com"
    if "role" in fields:
        form["rule-role"].force_value(fields["role"])
    else:
        form["until"] = fields["until"]
    page = form.submit(status=400)
    assert page.html.select(".problem")
    assert not rows(database, bill_group, AccessRule)


def test_overlaps_are_refused_by_name(staff: Any, url: str, make: Any, bill_group: BillGroup, clock: Any) -> None:
    """B12."""
    make.rule(bill_group, "company.com", "viewer", kind="domain")
    make.rule(bill_group, "ada@other.com", "viewer")
    make.save(
        Membership(
            tenant_id=bill_group.tenant_id,
            bill_group_id=bill_group.id,
            email="out@third.com",
            role="viewer",
            revoked_at=clock.now(),
        )
    )
    for value, word in (
        ("ada@company.com", "company.com lets this address in already"),
        ("other.com", "ada@other.com overlaps"),
        ("company.com", "rule for company.com already"),
        ("out@third.com", "restore it under “People”"),
    ):
        page = add(staff, url, value)
        assert page.status_int == 400
        assert word in texts(page, ".summary")[0]


def test_open_domains_need_an_owner_and_a_reason(
    staff: Any, url: str, make: Any, tenant: Any, browser: Any, signed_in: Any, database: Any, bill_group: Any
) -> None:
    """B11: support can't, an owner is asked why."""
    support = signed_in(browser(), make.staff(tenant, "sue@alder.test", "support"), kind="staff")
    page = add(support, url, "gmail.com")
    assert page.status_int == 400
    assert "names no organisation" in page
    assert "reason" not in page.forms["rule"].fields
    page = add(staff, url, "gmail.com", "billing")
    assert page.status_int == 400
    form = page.forms["rule"]
    assert form["value"].value == "gmail.com"
    assert page.html.select("#rule-reason[required]")
    assert "optional" not in page.html.select("label[for=rule-reason]")[0].text
    assert "Say why" in texts(page, "#rule-reason-problem")[0]
    # A forged reason of somebody who may not give one.
    forged = support.get(url).forms["rule"]
    fields = {"csrf_token": forged["csrf_token"].value, "value": "gmail.com", "rule-role": "viewer", "reason": "x"}
    assert support.post(f"{url}/rules", fields, status=400)
    assert not rows(database, bill_group, AccessRule)
    form["reason"] = "A club whose members all use it"
    page = form.submit(status=303).follow()
    assert "A club whose members all use it" in page
    (entry,) = rows(database, bill_group, AuditEntry)
    assert (entry.code, entry.data["reason"]) == ("core.rule_overridden", "A club whose members all use it")


def test_a_reason_box_does_not_trap_who_corrects_the_domain(staff: Any, url: str) -> None:
    form = add(staff, url, "gmail.com").forms["rule"]
    form["value"] = "company.com"
    assert "company.com gets in" in form.submit(status=303).follow()


def test_look_alikes_are_told_before_they_get_in(staff: Any, url: str, database: Any, bill_group: Any) -> None:
    """B14."""
    page = add(staff, url, "p\u0430ypal.com", "billing", until="2027-12-31")
    assert page.status_int == 400
    assert "Mixes Latin and Cyrillic letters. Looks like paypal.com" in texts(page, "#rule-value-problem")[0]
    form = page.forms["rule"]
    assert (form["value"].value, form["rule-role"].value, form["until"].value) == (
        "p\u0430ypal.com",
        "billing",
        "2027-12-31",
    )
    # Without the tick it comes back, and a tick for one domain confirms no other.
    form = form.submit(status=400).forms["rule"]
    form["sure"] = True
    form["value"] = "\u0430pple.com"
    page = form.submit(status=400)
    assert not page.forms["rule"]["sure"].checked
    assert not rows(database, bill_group, AccessRule)
    form = page.forms["rule"]
    form["value"] = "p\u0430ypal.com"
    form = form.submit(status=400).forms["rule"]
    form["sure"] = True
    page = form.submit(status=303).follow()
    assert "xn--pypal-4ve.com (p\u0430ypal.com) gets in as Billing." in page
    (found,) = texts(page, "#rules .warned.bad")
    assert (
        found
        == "Reads “p\u0430ypal.com”. Mixes Latin and Cyrillic letters. Looks like paypal.com and is not paypal.com."
    )
    assert "xn--pypal-4ve.com" in texts(page, "#rules tbody strong")[0]
    page = add(staff, url, "müller.example").follow()
    assert "Reads “müller.example”." in texts(page, "#rules .warned:not(.bad)")[0]
    german = staff.get(url, headers={"Accept-Language": "de"})
    assert "Liest sich „müller.example“." in texts(german, "#rules .warned:not(.bad)")[0]


def test_a_rule_is_changed_and_removed(
    staff: Any, url: str, make: Any, bill_group: BillGroup, tenant: Any, browser: Any, signed_in: Any, database: Any
) -> None:
    """A18: who came in by it is out at the next click."""
    rule = make.rule(bill_group, "customer.test", "owner", kind="domain")
    ada = signed_in(browser(), make.user(tenant))
    ada.get(f"/g/{bill_group.public_id}/", status=200)
    page = staff.get(url).click("Change", href="rules")
    form = page.forms["rule"]
    form["rule-role"] = "viewer"
    form["until"] = "2027-12-31"
    page = form.submit(status=303).follow()
    assert "Viewer" in texts(page, "#rules tbody tr")[0]
    ada.get(f"/g/{bill_group.public_id}/account/people", status=403)
    page = page.click("Change", href="rules")
    assert page.forms["rule"]["until"].value == "2027-12-31"
    assert "1 person came in by it and is out at their next click: ada@customer.test." in page
    removal = next(form for form in page.forms.values() if form.action.endswith("/remove"))
    page = removal.submit(status=303).follow()
    assert "customer.test lets nobody in any more." in page
    ada.get(f"/g/{bill_group.public_id}/", status=404)
    codes = [entry.code for entry in rows(database, bill_group, AuditEntry)]
    assert codes == ["core.rule_changed", "core.rule_removed"]
    staff.get(f"{url}/rules/{rule.public_id}", status=404)


def test_an_end_keeps_its_very_moment(
    staff: Any, url: str, make: Any, bill_group: Any, clock: Any, database: Any
) -> None:
    end = clock.now().replace(year=2028)
    rule = make.rule(bill_group, "a@b.de", until=end)
    form = staff.get(f"{url}/rules/{rule.public_id}").forms["rule"]
    form["rule-role"] = "billing"
    form.submit(status=303)
    (found,) = rows(database, bill_group, AccessRule)
    assert (found.role, found.expires_at) == ("billing", end)


def test_rules_of_others_are_absent(
    staff: Any, make: Any, url: str, other_bill_group: Any, other_tenant: Any
) -> None:
    foreign = make.rule(other_bill_group, "x@y.de")
    staff.get(f"{url}/rules/{foreign.public_id}", status=404)
    there = make.bill_group(make.customer(other_tenant))
    staff.get(f"/staff/bill-groups/{there.public_id}/access", status=404)


def test_who_may_only_read(make: Any, tenant: Any, testapp: Any, signed_in: Any, url: str, bill_group: Any) -> None:
    rule = make.rule(bill_group, "x@y.de")
    reader = signed_in(testapp, make.staff(tenant, role="read_only"), kind="staff")
    page = reader.get(url, status=200)
    assert "rule" not in page.forms
    assert not [form for form in page.forms.values() if "/access/" in form.action]
    reader.get(f"{url}/rules/{rule.public_id}", status=403)
    token = reader.get(url).html.find("input", attrs={"name": "csrf_token"})["value"]
    for path in ("rules", "portal", "link", f"rules/{rule.public_id}/remove", "people/invite"):
        reader.post(f"{url}/{path}", {"csrf_token": token}, status=403)


def portal_form(page: Any, ending: str) -> Any:
    return next(form for form in page.forms.values() if form.action.endswith(f"/access/{ending}"))


def test_the_portal_is_closed_and_opened(
    make: Any, make_app: Any, browser: Any, tenant: Any, signed_in: Any, bill_group: Any, user: Any, url: str
) -> None:
    """Without the module of contracts an active bill group suffices."""
    app = make_app(modules=[])
    staff = signed_in(browser(app=app), make.staff(tenant), kind="staff")
    ada = signed_in(browser(app=app), user)
    home = f"/g/{bill_group.public_id}/"
    ada.get(home, status=200)
    page = portal_form(staff.get(url), "portal").submit("portal", status=303).follow()
    assert "Portal is off" in page
    ada.get(home, status=404)
    page = portal_form(page, "portal").submit("portal", status=303).follow()
    assert "Portal is on" in page
    ada.get(home, status=200)


def test_a_closed_bill_group_offers_no_preview(staff: Any, make: Any, customer: Any, url: str) -> None:
    closed = make.bill_group(customer, state="closed", portal_enabled=False)
    assert staff.get(url).html.find(id="preview-portal")
    assert not staff.get(f"/staff/bill-groups/{closed.public_id}/access").html.find(id="preview-portal")


def test_only_with_a_contract(staff: Any, make: Any, customer: Any, database: Any) -> None:
    group = make.bill_group(customer, portal_enabled=False)
    url = f"/staff/bill-groups/{group.public_id}/access"
    page = staff.get(url)
    assert "no active contract" in page
    token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
    page = staff.post(f"{url}/portal", {"csrf_token": token, "portal": "open"}, status=303).follow()
    assert texts(page, ".flashes .bad")[0].startswith("This bill group has no active contract")
    assert not rows(database, group, BillGroup)[0].portal_enabled
    staff.post(f"{url}/portal", {"csrf_token": token, "portal": "maybe"}, status=404)
    services(make, group, 1)
    page = portal_form(staff.get(url), "portal").submit("portal", status=303).follow()
    assert "The portal is on." in page
    codes = [entry.code for entry in rows(database, group, AuditEntry)]
    assert codes == ["core.portal_opened"]


def test_a_rule_that_own_rights_outrank_says_so(staff: Any, url: str, make: Any, bill_group: BillGroup) -> None:
    make.rule(bill_group, "ada@b.test", "owner")
    make.rule(bill_group, "bob@b.test", "owner")
    own = {"tenant_id": bill_group.tenant_id, "bill_group_id": bill_group.id}
    make.save(Membership(email="bob@b.test", role="viewer", **own))
    first, second = texts(staff.get(url), "#rules tbody tr")
    assert "own rights" not in first
    assert "This person has own rights, which count instead." in second


def test_the_link_is_copied_and_renewed(staff: Any, url: str, bill_group: BillGroup, browser: Any) -> None:
    page = staff.get(url)
    (old,) = [button["data-copy"] for button in page.html.select("[data-copy]")]
    assert old == f"http://portal.test/join/{bill_group.portal_token}"
    visitor = browser()
    visitor.get(old.removeprefix("http://portal.test"), status=303)
    page = portal_form(page, "link").submit(status=303).follow()
    (new,) = [button["data-copy"] for button in page.html.select("[data-copy]")]
    visitor.get(old.removeprefix("http://portal.test"), status=404)
    visitor.get(new.removeprefix("http://portal.test"), status=303)


def test_owners_hear_of_rules(
    staff: Any, url: str, user: Any, run_jobs: Callable[..., int], outbox: Callable[[], list[Any]]
) -> None:
    add(staff, url, "company.com", "billing")
    run_jobs()
    (mail,) = outbox()
    assert mail["To"] == user.email
    body = mail.get_body(("plain",)).get_content()
    assert "Everybody with an address at company.com has access now: Billing" in body
    assert "Sam Staff of Alder Hosting" in body


def test_the_page_costs_few_statements(staff: Any, url: str, make: Any, bill_group: Any, sql_count: Any) -> None:
    for number in range(30):
        make.member(bill_group, f"u{number}@c{number}.de", "viewer")
    staff.get(url)
    with sql_count() as sql:
        staff.get(url)
    assert len(sql.statements) <= 26, "\n".join(sql.statements)


def test_a_rule_that_was_changed_meanwhile(
    staff: Any, url: str, make: Any, bill_group: BillGroup, database: Any
) -> None:
    rule = make.rule(bill_group, "x@company.com")
    older, newer = (staff.get(f"{url}/rules/{rule.public_id}").forms["rule"] for _tab in range(2))
    newer["rule-role"] = "viewer"
    newer.submit(status=303)
    older["until"] = "2027-12-31"
    page = older.submit(status=400)
    assert "changed this rule while you were looking" in texts(page, ".summary")[0]
    assert (page.forms["rule"]["rule-role"].value, page.forms["rule"]["until"].value) == ("viewer", "")
    page.forms["rule"]["until"] = "2027-12-31"
    page.forms["rule"].submit(status=303)
    (found,) = rows(database, bill_group, AccessRule)
    assert (found.role, found.expires_at is not None) == ("viewer", True)


def test_giving_access_wants_a_recent_proof(
    staff: Any, url: str, clock: Any, make: Any, bill_group: BillGroup
) -> None:
    """A console that was left open doesn't let anybody in; and nobody types what would then be lost."""
    rule = make.rule(bill_group, "x@company.com")
    form = staff.get(url).forms["rule"]
    clock.advance(minutes=31)
    page = staff.get(url)
    assert "rule" not in page.forms
    door = page.html.select_one("#rules .add a")["href"]
    assert door.startswith("/staff/confirm?next=")
    form["value"] = "evil@attacker.test"
    assert "/staff/confirm" in form.submit(status=303).location
    for path in (f"{url}/rules/{rule.public_id}", f"{url}/people/invite"):
        assert "/staff/confirm" in staff.get(path, status=303).location


def test_everybody_under_a_free_mail_domain_is_never_an_owner(
    staff: Any, url: str, bill_group: BillGroup, database: Database
) -> None:
    form = add(staff, url, "gmail.com", "owner").forms["rule"]
    form["reason"] = "A club"
    page = form.submit(status=400)
    assert "nobody may come in by it as the owner" in texts(page, ".summary")[0]
    page.forms["rule"]["rule-role"] = "viewer"
    page.forms["rule"].submit(status=303)
    (rule,) = rows(database, bill_group, AccessRule)
    assert (rule.value, rule.role) == ("gmail.com", "viewer")
