"""What people may do: changed, taken away and given back, in the portal and in the console."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from people_steps import edit, member, press, rows, services, texts

from riskportal.audit.models import AuditEntry
from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.identity.models import AccessRule, Membership, User
from riskportal.tenancy.models import Tenant, TenantModule


def kept(role: str) -> dict[str, Any]:
    """A role as audit entries hold it."""
    return {"role": role, "permissions": [], "limited_to": None, "until": None}


def test_rights_are_changed(
    ada: Any, url: str, visitor: Any, bill_group: BillGroup, database: Database, run_jobs: Any, outbox: Any
) -> None:
    bob = visitor("bob@b.test", role="billing")
    bob.get(f"/g/{bill_group.public_id}/billing", status=200)
    page = ada.get(url).click("Change", href="/people/", index=0)
    assert page.forms["person"]["person-role"].value == "billing"
    page = edit("technical")(page.forms["person"]).submit(status=303).follow()
    assert "Saved what bob@b.test may do." in page
    # At the next request (B19).
    bob.get(f"/g/{bill_group.public_id}/billing", status=403)
    bob.get(f"/g/{bill_group.public_id}/services", status=200)
    (entry,) = rows(database, bill_group, AuditEntry)
    assert (entry.code, entry.data) == (
        "core.person_changed",
        {"email": "bob@b.test", "old": kept("billing"), "rights": kept("technical")},
    )
    run_jobs()
    assert [mail["To"] for mail in outbox()] == ["ada@customer.test"]


def test_a_revoked_person_is_out_at_once_and_restored(
    ada: Any, url: str, visitor: Any, bill_group: BillGroup, database: Database
) -> None:
    bob = visitor("bob@b.test")
    bob.get(f"/g/{bill_group.public_id}/", status=200)
    page = press(ada.get(url).click("Change", href="/people/", index=0), "revoke")
    assert "bob@b.test is out." in page
    bob.get(f"/g/{bill_group.public_id}/", status=404)
    assert texts(page, "#people tbody strong") == ["Ada Lovelace"]
    page = ada.get(f"{url}?show=gone").click("Change", href="/people/")
    assert "person" not in page.forms
    assert "bob@b.test may come in again." in press(page, "restore")
    bob.get(f"/g/{bill_group.public_id}/", status=200)
    assert [e.code for e in rows(database, bill_group, AuditEntry)] == ["core.person_revoked", "core.person_restored"]


def test_somebody_under_a_domain_rule(
    ada: Any,
    url: str,
    make: Any,
    tenant: Any,
    bill_group: BillGroup,
    browser: Any,
    signed_in: Any,
    database: Database,
) -> None:
    make.rule(bill_group, "d.test", "billing", kind="domain")
    dan = signed_in(browser(), make.user(tenant, "dan@d.test", name="Dan"))
    invoices, services_page = f"/g/{bill_group.public_id}/billing", f"/g/{bill_group.public_id}/services"
    dan.get(invoices, status=200)
    page = ada.get(url).click("Change", href="/people/", index=0)
    assert "their own rights count instead of the rule" in page
    page = edit("technical")(page.forms["person"]).submit(status=303).follow()
    dan.get(invoices, status=403)
    dan.get(services_page, status=200)
    assert "Own rights" in texts(page, "#people tbody tr")[1]
    page = page.click("Change", href="/people/", index=0)
    assert "There is also a rule for d.test with the role Billing" in page
    page = press(page, "follow-rules")
    dan.get(invoices, status=200)
    # Revoked, the rule lets them in no more.
    press(page.click("Change", href="/people/", index=0), "revoke")
    dan.get(services_page, status=404)
    (found,) = rows(database, bill_group, Membership)
    assert (found.email, found.role, found.revoked_at is not None) == ("dan@d.test", "billing", True)


def test_oneself_and_who_may_do_more(
    ada: Any, url: str, visitor: Any, user: User, bill_group: BillGroup, database: Database
) -> None:
    """H2."""
    page = ada.get(f"{url}/{user.public_id}")
    assert "Nobody changes their own access" in page
    assert "person" not in page.forms
    token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
    page = ada.post(f"{url}/{user.public_id}/revoke", {"csrf_token": token}, status=303).follow()
    assert "Nobody changes their own access" in texts(page, ".flashes .bad")[0]
    mia = visitor("mia@b.test", permissions=["core.people.manage", "services.service.read"])
    page = mia.get(f"{url}/{user.public_id}")
    assert "This person may do more than you may yourself" in page
    token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
    for act in ("", "/revoke", "/restore", "/follow-rules", "/resend"):
        mia.post(f"{url}/{user.public_id}{act}", {"csrf_token": token, "person-role": "viewer"}, status="*")
    assert [found.email for found in rows(database, bill_group, Membership)] == ["mia@b.test"]
    # She can give what she holds, and nothing else.
    form = mia.get(f"{url}/invite").forms["person"]
    assert [value for value, _checked, _label in form["person-role"].options] == ["own"]
    assert {box._value for box in form.fields["checkbox"]} == {"services.service.read", "core.people.manage"}
    fields = edit(email="x@b.test")(form).submit_fields()
    at = fields.index(("__start__", "services:sequence"))
    forged = [*fields[: at + 1], ("checkbox", "billing.invoice.read"), *fields[at + 1 :]]
    mia.post(f"{url}/invite", forged, status=400)
    mia.post(
        f"{url}/invite", [("person-role", "owner") if k == "person-role" else (k, v) for k, v in fields], status=400
    )
    assert len(rows(database, bill_group, Membership)) == 1


def test_people_of_others_are_absent(
    ada: Any, url: str, make: Any, other_bill_group: BillGroup, tenant: Any, bill_group: BillGroup
) -> None:
    there = member(make, other_bill_group, "x@b.test")
    rule = make.rule(other_bill_group, "y@b.test")
    stranger = make.user(tenant, "z@b.test")
    token = ada.get(f"{url}/invite").forms["person"]["csrf_token"].value
    for key in (there.public_id, rule.public_id, stranger.public_id, "x" * 20, "%00"):
        ada.get(f"{url}/{key}", status="4*", expect_errors=True)
        ada.post(f"{url}/{key}/revoke", {"csrf_token": token}, status="4*", expect_errors=True)


def test_who_may_not_manage_people(make: Any, visitor: Any, url: str, bill_group: BillGroup) -> None:
    """B19."""
    other = member(make, bill_group, "x@b.test")
    for number, rights in enumerate(({"role": "billing"}, {"permissions": ["billing.invoice.read"]})):
        app = visitor(f"bob{number}@b.test", **rights)
        for path in ("", "/invite", f"/{other.public_id}"):
            app.get(url + path, status=403)
        page = app.get(f"/g/{bill_group.public_id}/account/security")
        assert f'href="{url}"' not in page
        token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
        for path in ("/invite", f"/{other.public_id}", f"/{other.public_id}/revoke"):
            app.post(url + path, {"csrf_token": token}, status=403)


def test_a_risky_act_wants_a_recent_proof(ada: Any, url: str, clock: Any, make: Any, bill_group: BillGroup) -> None:
    there = member(make, bill_group, "x@b.test")
    token = ada.get(f"{url}/invite").forms["person"]["csrf_token"].value
    clock.advance(hours=1)
    ada.get(url, status=200)
    for path in ("/invite", f"/{there.public_id}"):
        assert "/account/confirm" in ada.get(url + path, status=303).location
    for path in ("/invite", f"/{there.public_id}/revoke", f"/{there.public_id}/resend"):
        ada.post(url + path, {"csrf_token": token}, status=303)
    assert "x@b.test" in ada.get(url)


def test_staff_manage_people_too(
    make: Any, tenant: Any, testapp: Any, signed_in: Any, bill_group: BillGroup, user: User, database: Database
) -> None:
    staff = signed_in(testapp, make.staff(tenant, role="support"), kind="staff")
    (first, _second) = services(make, bill_group, 2)
    url = f"/staff/bill-groups/{bill_group.public_id}/access"
    page = staff.get(url).click("Invite somebody with own rights")
    edit("viewer", (first.public_id,), email="bob@b.test", limited=True)(page.forms["person"]).submit(status=303)
    page = staff.get(url)
    assert "Invited by Alder Hosting" in texts(page, "#people tbody tr")[1]
    assert "Sees only Service 1" in texts(page, "#people tbody tr")[1]
    page = press(page.click("Change", href="/people/", index=0), "revoke")
    assert "ada@customer.test is out." in page
    page = staff.get(f"{url}?show=gone").click("Change", href="/people/")
    press(page, "restore")
    page = staff.get(url).click("Change", href="/people/", index=0)
    edit("billing")(page.forms["person"]).submit(status=303)
    found = {m.email: (m.role, m.revoked_at) for m in rows(database, bill_group, Membership)}
    assert found == {"bob@b.test": ("viewer", None), "ada@customer.test": ("billing", None)}
    assert {entry.bill_group_id for entry in rows(database, bill_group, AuditEntry)} == {bill_group.id}
    assert [rule.role for rule in rows(database, bill_group, AccessRule)] == ["owner"]


def test_whoever_leaves_soon_makes_nobody_stay_longer(
    ada: Any, url: str, visitor: Any, bill_group: BillGroup, database: Database, clock: Any
) -> None:
    tom = visitor("tom@b.test", role="owner", expires_at=clock.now() + timedelta(days=20))
    form = tom.get(f"{url}/invite").forms["person"]
    page = edit("owner", email="eve@b.test")(form).submit(status=400)
    assert "Your own access ends before that" in texts(page, ".summary")[0]
    form = page.forms["person"]
    form["until"] = "2027-05-09"
    form.submit(status=303)
    # Nor do they take out whoever stays, and leave nobody.
    ada_page = next(link["href"] for link in tom.get(url).html.select("#people a[href*='/people/']")
                    if "ada@customer.test" in link["aria-label"])  # fmt: skip
    page = press(tom.get(ada_page), "revoke")
    assert "is an owner for as long" in texts(page, ".flashes .bad")[0]
    assert ada.get(url).status_int == 200


def test_a_form_that_was_overtaken_changes_nothing(
    ada: Any, url: str, make: Any, bill_group: BillGroup, database: Database
) -> None:
    bob = member(make, bill_group, "bob@b.test", role="owner")
    older, newer = (ada.get(f"{url}/{bob.public_id}").forms["person"] for _tab in range(2))
    edit("viewer")(newer).submit(status=303)
    older["until"] = "2027-12-31"
    page = older.submit(status=400)
    assert "changed this person's rights while you were looking" in texts(page, ".summary")[0]
    again = page.forms["person"]
    assert (again["person-role"].value, again["until"].value) == ("viewer", "")
    assert rows(database, bill_group, Membership)[-1].role == "viewer"
    again["until"] = "2027-12-31"
    again.submit(status=303)
    found = rows(database, bill_group, Membership)[-1]
    assert (found.role, found.expires_at is not None) == ("viewer", True)


def test_what_a_switched_off_module_declares_is_kept(
    ada: Any, url: str, make: Any, bill_group: BillGroup, database: Database, tenant: Any
) -> None:
    names = ["billing.invoice.read", "services.service.read"]
    bob = member(make, bill_group, "bob@b.test", permissions=names)
    make.save(TenantModule(tenant_id=tenant.id, module="billing", enabled=False))
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        db.get_one(Tenant, tenant.id).config_version += 1
    form = ada.get(f"{url}/{bob.public_id}").forms["person"]
    form["until"] = "2027-12-31"
    form.submit(status=303)
    assert rows(database, bill_group, Membership)[-1].permissions == names


def test_titles_of_records_are_for_those_who_may_read_them(
    url: str, visitor: Any, make: Any, bill_group: BillGroup
) -> None:
    (service,) = services(make, bill_group, 1)
    limited = member(
        make, bill_group, "bob@b.test", permissions=["core.people.manage"],
        limited_to=[["services.service", service.public_id]],
    )  # fmt: skip
    mia = visitor("mia@b.test", permissions=["core.people.manage"])
    for path in ("/invite", "", f"/{limited.public_id}"):
        page = mia.get(url + path)
        assert service.name not in page.text and service.public_id not in page.text
        assert ("a record that you may not see" in page.text) == (path != "/invite")


def test_an_ended_domain_rule_keeps_nobody_from_being_invited(
    ada: Any, url: str, make: Any, bill_group: BillGroup, database: Database, clock: Any
) -> None:
    make.rule(bill_group, "d.test", "viewer", kind="domain", until=clock.now() - timedelta(days=1))
    edit("viewer", email="dan@d.test")(ada.get(f"{url}/invite").forms["person"]).submit(status=303)
    assert [row.email for row in rows(database, bill_group, Membership)] == ["dan@d.test"]


def test_no_invitation_leads_to_a_portal_that_is_off(
    make: Any, tenant: Any, customer: Any, browser: Any, signed_in: Any, run_jobs: Any, outbox: Any
) -> None:
    group = make.bill_group(customer, name="To be", portal_enabled=False)
    bob = member(make, group, "bob@b.test", invited_by="Sam")
    console = signed_in(browser(), make.staff(tenant), kind="staff")
    page = console.get(f"/staff/bill-groups/{group.public_id}/access/people/{bob.public_id}")
    assert not any(form.action.endswith("/resend") for form in page.forms.values())
    token = page.forms["person"]["csrf_token"].value
    console.post(f"{page.request.path}/resend", {"csrf_token": token}, status=303)
    run_jobs()
    assert outbox() == []


def test_a_tag_is_no_second_door(
    make: Any, tenant: Any, bill_group: BillGroup, browser: Any, signed_in: Any, clock: Any
) -> None:
    """Mail to dan+x@ ends in Dan's mailbox: whoever was taken out, or disabled, would come in by it anew."""
    make.rule(bill_group, "d.test", "owner", kind="domain")
    home = f"/g/{bill_group.public_id}/"
    tagged = signed_in(browser(), make.user(tenant, "dan+x@d.test"))
    tagged.get(home, status=200)
    member(make, bill_group, "dan@d.test", revoked_at=clock.now())
    tagged.get(home, status=404)
    make.rule(bill_group, "dan+x@d.test", "viewer")
    tagged.get(home, status=200)
    other = signed_in(browser(), make.user(tenant, "eve+x@d.test"))
    other.get(home, status=200)
    make.user(tenant, "eve@d.test", disabled_at=clock.now())
    other.get(home, status=404)
