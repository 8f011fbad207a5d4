"""The team's pages: who works here, added, changed and removed by those who may, and never beyond their own role."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.identity.models import StaffMember, User
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import set_role_permission

EVIL = '"><script>alert(1)</script>'


@pytest.fixture
def boss(make: Any, tenant: Any) -> Any:
    return make.staff(tenant, "boss@alder.test", name="Bea Boss")


@pytest.fixture
def office(browser: Any, signed_in: Any, boss: Any) -> Any:
    """`office()`: the owner's browser in the console; `office(user)` a colleague's."""
    return lambda user=boss: signed_in(browser(), user, kind="staff")


@pytest.fixture
def rows(database: Any, tenant: Any) -> Any:
    def read(model: Any) -> list[Any]:
        with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
            return list(db.scalars(select(model).order_by(model.id)))

    return read


@pytest.fixture
def allow(database: Any, tenant: Any, portal: Any) -> Any:
    def let(role: str, *names: str) -> None:
        with database.session(Scope.tenant_wide(tenant.id)) as db:
            row = db.get_one(Tenant, tenant.id)
            for name in names:
                set_role_permission(db, row, role, portal.seam.permissions[name], granted=True)

    return let


def audited(rows: Any) -> list[tuple[str, Any]]:
    return [(entry.code, entry.data) for entry in rows(AuditEntry)]


def test_who_works_here(office: Any, make: Any, tenant: Any, other_tenant: Any, sql_count: Any) -> None:
    make.staff(tenant, "ann@alder.test", "support", name=EVIL)
    make.staff(other_tenant, "eve@other.test", name="Eve")
    browser = office()
    browser.get("/staff/team")
    with sql_count() as sql:
        page = browser.get("/staff/team")
    assert len(sql) <= 7, sql
    assert "Bea Boss" in page and "Support" in page and "Eve" not in page
    assert "<script>alert" not in page.text
    for number in range(20):
        make.staff(tenant, f"more{number}@alder.test", "billing")
    with sql_count() as more:
        browser.get("/staff/team")
    assert len(more) == len(sql)


def test_a_colleague_is_added_and_gets_a_link(office: Any, rows: Any, run_jobs: Any, outbox: Any) -> None:
    page = office().get("/staff/team").click("Add a colleague")
    form = page.forms["colleague"]
    form["email"], form["name"], form["colleague-role"] = " Ann@Alder.TEST ", "Ann", "support"
    page = form.submit("save").follow()
    assert "ann@alder.test was sent a link" in page
    assert "Not set up yet" in page
    assert [(row.role) for row in rows(StaffMember)] == ["owner", "support"]
    assert ("core.staff_added", {"email": "ann@alder.test", "role": "support"}) in audited(rows)
    run_jobs()
    (mail,) = outbox()
    assert mail["To"] == "ann@alder.test"
    assert re.search(r"http://portal\.test/staff/set-up/[A-Za-z0-9_-]{43}", mail.get_body(("plain",)).get_content())


WRONG = {
    "email": ["", "ann", "ann@alder.test, eve@x.test", "a@b\r\nBcc: c@d.test", "ann@alder", "мара@x.test", "x" * 300],
    "name": ["", "   ", "Ann\r\nBcc: x", "Ann\u202egnp", "x" * 201, "a\x00b"],
    "role": ["", "king", "technical", "owner ", "nobody"],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in WRONG.items() for value in values])
def test_what_is_no_colleague(office: Any, rows: Any, field: str, value: str) -> None:
    browser = office()
    token = browser.get("/staff/team/add").forms["colleague"]["csrf_token"].value
    sent = {"csrf_token": token, "email": "new@alder.test", "name": "New", "role": "support", field: value}
    page = browser.post("/staff/team/add", sent, status=400)
    assert len(rows(StaffMember)) == 1
    if "\x00" not in value:
        assert page.html.select_one(".summary"), "the problems stand together"
        for name in sent.keys() - {"csrf_token", field, "role"}:
            assert page.forms["colleague"][name].value == sent[name], "nothing typed is lost"


def test_somebody_who_works_here_already(office: Any) -> None:
    form = office().get("/staff/team/add").forms["colleague"]
    form["email"], form["name"], form["colleague-role"] = "boss@alder.test", "Bea", "support"
    assert "This person works here already." in form.submit("save", status=400)


def test_change_end_sessions_and_remove(
    office: Any, rows: Any, make: Any, tenant: Any, portal: Any, run_jobs: Any, outbox: Any
) -> None:
    ann = make.staff(tenant, "ann@alder.test", "support", name="Ann")
    anns, browser = office(ann), office()
    page = browser.get("/staff/team").click("Ann")
    assert "Open sessions of the console" in page
    form = page.click("Change the role").forms["role"]
    assert form["role-role"].value == "support"
    form["role-role"] = "read_only"
    page = form.submit("save").follow()
    assert "Read only" in page
    page = next(form for form in page.forms.values() if form.action.endswith("/link")).submit().follow()
    assert "was sent a new set-up link" in page
    run_jobs()
    assert [mail["To"] for mail in outbox()] == ["ann@alder.test"]
    assert anns.get("/staff/team").status_int == 200
    page = next(form for form in page.forms.values() if form.action.endswith("/sessions")).submit().follow()
    assert "1 session ended." in page
    assert "/staff/sign-in" in anns.get("/staff/team", status=303).location
    anns = office(ann)
    page = page.click("Remove")
    assert "signed out of the console at once" in page
    page = next(form for form in page.forms.values() if "danger" in str(form.text)).submit().follow()
    assert "Ann no longer works here." in page
    assert anns.get("/staff/team", status="*").status_int in (303, 404)
    assert [row.user_id for row in rows(StaffMember)] == [rows(User)[0].id]
    assert [code for code, _data in audited(rows)] == [
        "core.staff_role_changed",
        "core.staff_link_sent",
        "core.staff_sessions_ended",
        "core.staff_removed",
    ]
    log = browser.get("/staff/audit")
    assert "ann@alder.test works here as Read only now; before as Support" in log


def test_nobody_changes_their_own_place(office: Any, make: Any, tenant: Any, boss: Any, rows: Any) -> None:
    make.staff(tenant, "second@alder.test")
    browser = office()
    page = browser.get(f"/staff/team/{boss.public_id}")
    assert "This is you." in page and "Remove" not in page
    token = browser.get("/staff/team/add").forms["colleague"]["csrf_token"].value
    for act in ("role", "link", "sessions", "remove"):
        answer = browser.post(
            f"/staff/team/{boss.public_id}/{act}", {"csrf_token": token, "role": "read_only"}, status="*"
        )
        assert answer.status_int == (400 if act == "role" else 303)
        assert "You can" in (answer if act == "role" else answer.follow())
    for act in ("role", "remove"):
        assert "This is you." in browser.get(f"/staff/team/{boss.public_id}/{act}", status=303).follow()
    assert audited(rows) == []


def test_the_last_owner(office: Any, make: Any, tenant: Any, boss: Any, rows: Any, clock: Any) -> None:
    """Two owners, one of them switched off: the other one's browser can't be the last to go."""
    second = make.staff(tenant, "second@alder.test")
    first = office()
    role = first.get(f"/staff/team/{second.public_id}/role").forms["role"]
    seconds = office(second)
    theirs = seconds.get(f"/staff/team/{boss.public_id}/role").forms["role"]
    role["role-role"] = theirs["role-role"] = "support"
    role.submit("save").follow()
    answer = theirs.submit("save", status="*")
    assert answer.status_int in (400, 403)
    assert [row.role for row in rows(StaffMember)] == ["owner", "support"]


def test_a_clerk_stays_within_their_own_role(
    office: Any, make: Any, tenant: Any, boss: Any, rows: Any, allow: Any
) -> None:
    """H2: with the right to look after the team, but no owner."""
    clerk = make.staff(tenant, "clerk@alder.test", "support", name="Clerk")
    peer = make.staff(tenant, "peer@alder.test", "read_only", name="Peer")
    allow("support", "core.team.write")
    allow("billing", "core.brand.write")
    browser = office(clerk)
    page = browser.get(f"/staff/team/{boss.public_id}")
    assert "This role may do more than yours" in page
    form = browser.get("/staff/team/add").forms["colleague"]
    assert "owner" not in [value for value, *_rest in form["colleague-role"].options]
    token = form["csrf_token"].value
    for role in ("owner", "billing"):
        sent = {"csrf_token": token, "email": "new@alder.test", "name": "New", "role": role}
        browser.post("/staff/team/add", sent, status=400)
        browser.post(f"/staff/team/{peer.public_id}/role", {"csrf_token": token, "role": role}, status=400)
    for act in ("link", "sessions", "remove"):
        page = browser.post(f"/staff/team/{boss.public_id}/{act}", {"csrf_token": token}).follow()
        assert "goes beyond your own role" in page
    assert audited(rows) == []
    assert sorted(row.role for row in rows(StaffMember)) == ["owner", "read_only", "support"]


ACTS = ["role", "link", "sessions", "remove"]


def test_foreign_and_absent_people_are_the_same(office: Any, make: Any, other_tenant: Any, user: Any) -> None:
    stranger = make.staff(other_tenant, "eve@other.test")
    browser = office()
    token = browser.get("/staff/team/add").forms["colleague"]["csrf_token"].value
    for path, ask in [
        ("", browser.get),
        *((f"/{act}", lambda path, **kw: browser.post(path, {"csrf_token": token}, **kw)) for act in ACTS),
    ]:
        absent = ask(f"/staff/team/{'z' * 20}{path}", status=404)
        for person in (stranger, user):
            assert ask(f"/staff/team/{person.public_id}{path}", status=404).body == absent.body


@pytest.mark.parametrize("role", ["billing", "support", "read_only"])
def test_others_only_look(office: Any, make: Any, tenant: Any, boss: Any, role: str) -> None:
    browser = office(make.staff(tenant, "other@alder.test", role))
    assert "Add a colleague" not in browser.get("/staff/team")
    assert "Change the role" not in browser.get(f"/staff/team/{boss.public_id}")
    browser.get("/staff/team/add", status=403)
    for act in ("role", "remove"):
        browser.get(f"/staff/team/{boss.public_id}/{act}", status=403)


def test_an_old_session_is_asked_for_a_proof_first(
    office: Any, clock: Any, boss: Any, make: Any, tenant: Any
) -> None:
    ann = make.staff(tenant, "ann@alder.test", "support")
    browser = office()
    token = browser.get("/staff/team/add").forms["colleague"]["csrf_token"].value
    clock.advance(hours=1)
    for path in ("/staff/team/add", f"/staff/team/{ann.public_id}/role", f"/staff/team/{ann.public_id}/remove"):
        assert "/staff/confirm?next=" in browser.get(path, status=303).location
    for act in ACTS:
        answer = browser.post(f"/staff/team/{ann.public_id}/{act}", {"csrf_token": token}, status=303)
        assert "/staff/confirm?next=" in answer.location
    assert browser.get("/staff/team").status_int == 200
