"""People of an account: invited, changed, taken out and let in again, in the portal and in the console."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import webtest
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.identity.models import AccessRule, Membership, User
from riskportal.shell.access.places import INVITE_SETTING
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import set_role_permission, set_setting


@pytest.fixture
def ada(testapp: webtest.TestApp, user: User, signed_in: Callable[..., Any]) -> webtest.TestApp:
    """A browser of the account's owner."""
    return signed_in(testapp, user)


@pytest.fixture
def url(bill_group: BillGroup) -> str:
    return f"/g/{bill_group.public_id}/account/people"


@pytest.fixture
def visitor(make: Any, bill_group: BillGroup, browser: Any, signed_in: Any) -> Callable[..., webtest.TestApp]:
    """`visitor(email, **membership)`: a browser of somebody with own rights."""

    def visit(email: str, **values: Any) -> webtest.TestApp:
        member(make, bill_group, email, **values)
        return signed_in(browser(), make.user(_Tenant(bill_group.tenant_id), email, name="Bob"))

    return visit


class _Tenant:
    def __init__(self, tenant_id: int) -> None:
        self.id = tenant_id


def member(make: Any, group: BillGroup, email: str, **values: Any) -> Membership:
    given = {"role": None if "permissions" in values else "viewer", **values}
    return make.save(Membership(tenant_id=group.tenant_id, bill_group_id=group.id, email=email, **given))


def rows(database: Database, group: BillGroup, model: Any) -> list[Any]:
    with database.session(Scope.tenant_wide(group.tenant_id), write=False) as db:
        return list(db.scalars(select(model).order_by(model.id)))


def texts(page: Any, selector: str) -> list[str]:
    return [" ".join(found.get_text(" ").split()) for found in page.html.select(selector)]


def press(page: Any, ending: str) -> Any:
    form = next(form for form in page.forms.values() if form.action.endswith(f"/{ending}"))
    return form.submit(status=303).follow()


def edit(role: str = "own", permissions: tuple[str, ...] = (), **fields: Any) -> Callable[[Any], Any]:
    """Fill the form of rights: the role, the ticked permissions, other fields."""

    def fill(form: Any) -> Any:
        form["person-role"] = role
        for box in form.fields.get("checkbox", ()):
            if box._value in permissions:
                box.checked = True
        for name, value in fields.items():
            form[name] = value
        return form

    return fill


def test_who_has_access_and_why(
    ada: Any, url: str, make: Any, bill_group: BillGroup, tenant: Any, clock: Any
) -> None:
    make.rule(bill_group, "d.test", "billing", kind="domain")
    make.user(tenant, "dan@d.test", name="Dan")
    member(make, bill_group, "bob@b.test", name="Bob", invited_by="Ada Lovelace", invited_at=clock.now())
    member(make, bill_group, "old@b.test", revoked_at=clock.now())
    found = texts(ada.get(url), "#people tbody tr")
    assert len(found) == 3
    assert "Ada Lovelace (you) ada@customer.test Owner Your provider lets this address in" in found[0]
    assert "Bob bob@b.test Viewer Invited by Ada Lovelace Never Invited Change" in found[1]
    assert "Dan dan@d.test Billing Your provider lets in everybody of d.test" in found[2]
    assert texts(ada.get(f"{url}?show=gone"), "#people tbody strong") == ["old@b.test"]
    assert texts(ada.get(f"{url}?who=dan"), "#people tbody strong") == ["Dan"]
    for query in (
        "?who=%25",
        "?who=<script>",
        "?show=x",
        "?after=zzz",
        "?after=%C3%A4",
        f"?who={'x' * 999}",
    ):
        ada.get(url + query, status=200)


def test_the_list_goes_on(ada: Any, url: str, make: Any, bill_group: BillGroup) -> None:
    for number in range(60):
        member(make, bill_group, f"u{number:02}@b.test")
    page = ada.get(url)
    first = texts(page, "#people tbody strong")
    page = page.click("Next")
    assert "u49@b.test" not in page.request.path_qs
    second = texts(page, "#people tbody strong")
    assert (len(first), len(second)) == (50, 11)
    assert not set(first) & set(second)


def test_an_invitation(
    ada: Any,
    url: str,
    bill_group: BillGroup,
    database: Database,
    run_jobs: Callable[..., int],
    outbox: Callable[[], list[Any]],
) -> None:
    form = edit("technical", email=" Bob@B.test ", name="Bob", language="de", until="2027-12-31")(
        ada.get(url).click("Invite somebody").forms["person"]
    )
    page = form.submit(status=303).follow()
    assert "bob@b.test was invited. The mail is on its way." in page
    assert "Technical" in texts(page, "#people tbody tr")[1]
    (found,) = rows(database, bill_group, Membership)
    assert (found.email, found.name, found.role, found.invited_by) == (
        "bob@b.test",
        "Bob",
        "technical",
        "Ada Lovelace",
    )
    assert found.expires_at.isoformat() == "2027-12-31T23:00:00+00:00"
    assert [entry.code for entry in rows(database, bill_group, AuditEntry)] == ["core.person_invited"]
    run_jobs()
    mails = {mail["To"]: mail.get_body(("plain",)).get_content() for mail in outbox()}
    assert set(mails) == {"bob@b.test", "ada@customer.test"}
    assert f"http://portal.test/g/{bill_group.public_id}/" in mails["bob@b.test"]
    assert "31.12.2027" in mails["bob@b.test"]
    assert "bob@b.test was invited: Technical" in mails["ada@customer.test"]
    assert "Ada Lovelace (ada@customer.test)" in mails["ada@customer.test"]


def test_single_permissions(ada: Any, url: str, visitor: Any, bill_group: BillGroup, database: Database) -> None:
    """WHMCS's sub-user keys are the model: each permission by itself."""
    form = ada.get(f"{url}/invite").forms["person"]
    labels = texts(ada.get(f"{url}/invite"), "#person-permissions legend")
    labels = [label.removesuffix(" optional") for label in labels]
    assert (labels[0], sorted(labels[1:-1]), labels[-1]) == ("Single permissions", ["Billing", "Services"], "Account")
    edit(permissions=("billing.invoice.read",), email="bob@b.test")(form).submit(status=303)
    (found,) = rows(database, bill_group, Membership)
    assert (found.role, found.permissions) == (None, ["billing.invoice.read"])


@pytest.mark.parametrize(
    ("fields", "word", "field"),
    [
        ({"email": "nobody"}, "one e-mail address", "person-email"),
        ({"email": "a@b.de,c@d.de"}, "one e-mail address", "person-email"),
        ({"email": "a@b.de\r\nBcc: c@d.de"}, "one e-mail address", "person-email"),
        ({"email": ""}, "fill this in", "person-email"),
        ({"email": "ada@customer.test"}, "has access already", "person-email"),
        ({"email": "out@b.test"}, "restore", "person-email"),
        ({"email": "x@b.test", "name": "x" * 201}, "at most 200", "person-name"),
        ({"email": "x@b.test", "name": "a\u202eb"}, "can't be used", "person-name"),
        ({"email": "x@b.test", "until": "2020-01-01"}, "later day", "person-until"),
        ({"email": "x@b.test", "until": "soon"}, "Choose a date", "person-until"),
        ({"email": "x@b.test", "person-role": "own"}, "at least one thing", "person-permissions"),
        ({"email": "x@b.test", "person-role": "boss"}, "one of the options", "person-role"),
        ({"email": "x@b.test", "language": "xx"}, "one of the options", "person-language"),
    ],
)  # fmt: skip
def test_bad_input_stands_beside_its_field(
    ada: Any,
    url: str,
    make: Any,
    bill_group: BillGroup,
    clock: Any,
    fields: dict[str, str],
    word: str,
    field: str,
    database: Database,
) -> None:
    member(make, bill_group, "out@b.test", revoked_at=clock.now())
    form = ada.get(f"{url}/invite").forms["person"]
    form["name"] = "Bob <b>"
    for name, value in fields.items():
        form[name].force_value(value)
    page = form.submit(status=400)
    (link,) = page.html.select(".summary a")
    assert link["href"] == f"#{field}"
    assert word in link.get_text()
    assert page.html.select(f"#{field}")
    if "name" not in fields:
        assert page.forms["person"]["name"].value == "Bob <b>"
    assert len(rows(database, bill_group, Membership)) == 1


def test_limits_to_single_records(ada: Any, url: str, make: Any, bill_group: BillGroup, database: Database) -> None:
    first, second = services(make, bill_group, 2)
    page = ada.get(f"{url}/invite")
    assert "They then see the records chosen below and their own login, and nothing else" in page
    form = edit("viewer", ("x",), email="bob@b.test", limited=True)(page.forms["person"])
    page = form.submit(status=400)
    assert "Choose at least one record" in texts(page, ".summary")[0]
    edit("viewer", (first.public_id,), email="bob@b.test", limited=True)(page.forms["person"]).submit(status=303)
    (found,) = rows(database, bill_group, Membership)
    assert found.limited_to == [["services.service", first.public_id]]
    page = ada.get(f"{url}/{found.public_id}")
    assert "Service 1" in texts(page, "#now")[0] and "Service 2" not in texts(page, "#now")[0]
    assert texts(page, "#now .points li") == ["See services, prices and renewals"]
    # What a limit leaves of invoices is nothing.
    form = edit(permissions=("billing.invoice.read", second.public_id), email="x@b.test", limited=True)
    page = form(ada.get(f"{url}/invite").forms["person"]).submit(status=400)
    assert "would see nothing" in texts(page, ".summary")[0]


def test_records_of_others_can_not_be_chosen(
    ada: Any, url: str, make: Any, bill_group: BillGroup, other_bill_group: BillGroup, database: Database
) -> None:
    services(make, bill_group, 1)
    (foreign,) = services(make, other_bill_group, 1)
    form = edit("viewer", email="bob@b.test", limited=True)(ada.get(f"{url}/invite").forms["person"])
    fields = form.submit_fields()
    at = fields.index(("__start__", "services_service:sequence"))
    forged = [*fields[: at + 1], ("checkbox", foreign.public_id), *fields[at + 1 :]]
    ada.post(f"{url}/invite", forged, status=400)
    assert not rows(database, bill_group, Membership)


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
        {"email": "bob@b.test", "old": "billing", "rights": "technical"},
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


def test_an_invitation_is_sent_again_but_not_often(
    ada: Any, url: str, make: Any, bill_group: BillGroup, run_jobs: Any, outbox: Any
) -> None:
    there = member(make, bill_group, "bob@b.test", invited_by="Ada")
    for _try in range(2):
        assert "goes out to bob@b.test again" in press(ada.get(f"{url}/{there.public_id}"), "resend")
    page = press(ada.get(f"{url}/{there.public_id}"), "resend")
    assert "Please wait" in texts(page, ".flashes .bad")[0]
    run_jobs()
    assert [mail["To"] for mail in outbox()] == ["bob@b.test"] * 2


def test_many_invitations_at_once_have_to_wait(ada: Any, url: str, database: Database, bill_group: BillGroup) -> None:
    form = ada.get(f"{url}/invite").forms["person"]
    for number in range(30):
        form["email"] = f"u{number}@b.test"
        form.submit(status=303)
    form["email"] = "more@b.test"
    assert "many invitations" in texts(form.submit(status=400), ".summary")[0]
    assert len(rows(database, bill_group, Membership)) == 30


def test_the_provider_may_add_people_alone(ada: Any, url: str, database: Database, portal: Any, tenant: Any) -> None:
    form = ada.get(f"{url}/invite").forms["person"]
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        row = db.get_one(Tenant, tenant.id)
        set_setting(db, row, portal.seam.settings[INVITE_SETTING], False)
    page = ada.get(url)
    assert "Invite somebody" not in page
    assert "New people are added by your provider." in page
    ada.get(f"{url}/invite", status=303)
    form["email"] = "bob@b.test"
    form.submit(status=303)
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        assert db.scalar(select(Membership)) is None


def test_an_edited_role_is_told_as_it_is(ada: Any, url: str, database: Database, portal: Any, tenant: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        row = db.get_one(Tenant, tenant.id)
        set_role_permission(db, row, "technical", portal.seam.permissions["billing.payment.read"], True)
    (hint,) = [text for text in texts(ada.get(f"{url}/invite"), ".tick") if text.startswith("Technical")]
    assert "See payments" in hint


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
    assert "Sees 1 record only" in texts(page, "#people tbody tr")[1]
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


def test_nobody_is_invited_into_a_closed_portal(
    make: Any, tenant: Any, testapp: Any, signed_in: Any, customer: Any
) -> None:
    staff = signed_in(testapp, make.staff(tenant), kind="staff")
    group = make.bill_group(customer, portal_enabled=False)
    form = staff.get(f"/staff/bill-groups/{group.public_id}/access/people/invite").forms["person"]
    page = edit("owner", email="bob@b.test")(form).submit(status=400)
    assert "Open it first" in texts(page, ".summary")[0]


def services(make: Any, group: BillGroup, count: int) -> list[Any]:
    """Active services of a bill group; without the services module there is nothing to limit access to."""
    models = pytest.importorskip("riskportal_services.models")
    own = {"tenant_id": group.tenant_id}
    number = make.number()
    area = make.save(models.ServiceArea(name=f"Area {number}", **own))
    product = make.save(models.Product(area_id=area.id, name="Hosting", **own))
    return [
        make.save(
            models.Service(
                bill_group_id=group.id,
                product_id=product.id,
                name=f"Service {number + 1}",
                state="active",
                price_minor=4900,
                currency="EUR",
                cycle="monthly",
                registered_on=date(2024, 5, 12),
                **own,
            )
        )
        for number in range(count)
    ]
