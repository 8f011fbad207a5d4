"""The table of roles, and changing what one of them may do."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.tenancy.models import RolePermission, Tenant
from riskportal.tenancy.services import set_role_permission

BRAND, AUDIT, ROLE = "core.brand.write", "core.audit.read", "core.role.write"


@pytest.fixture
def boss(make: Any, tenant: Any) -> Any:
    return make.staff(tenant, "boss@alder.test", name="Bea Boss")


@pytest.fixture
def office(browser: Any, signed_in: Any, boss: Any) -> Any:
    return lambda user=boss: signed_in(browser(), user, kind="staff")


@pytest.fixture
def rows(database: Any, tenant: Any) -> Any:
    def read(model: Any) -> list[Any]:
        with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
            return list(db.scalars(select(model).order_by(model.id)))

    return read


def tick(form: Any, name: str, on: bool) -> None:
    for field in form.fields["checkbox"]:
        if field._value == name:
            field.checked = on
            return
    raise LookupError(name)


def test_the_table(office: Any, portal: Any) -> None:
    page = office().get("/staff/roles")
    html = page.html
    assert [cell.get_text(strip=True) for cell in html.select("thead th")][1:] == [
        "Owner", "Billing", "Support", "Read only",
    ]  # fmt: skip
    staff = [one for one in portal.seam.permissions.values() if one.area == "staff"]
    assert len(html.select("tbody tr:not(.module)")) == len(staff)
    assert "always on" in page
    page = page.click("Customers", index=0) if page.html.select_one(".segments") else page
    portal_page = office().get("/staff/roles?area=portal")
    assert "Technical" in portal_page
    assert office().get("/staff/roles?area=nonsense").status_int == 200


def test_change_differs_and_back(office: Any, rows: Any, make: Any, tenant: Any) -> None:
    browser = office()
    sam = office(make.staff(tenant, "sam@alder.test", "support"))
    assert sam.get("/staff/audit").status_int == 200
    sam.get("/staff/brand", status=403)
    form = browser.get("/staff/roles").click("Support").forms["role"]
    tick(form, AUDIT, False)
    tick(form, BRAND, True)
    page = form.submit("save").follow()
    assert "differs from the default" in page
    sam.get("/staff/audit", status=403)
    assert sam.get("/staff/brand").status_int == 200, "it holds from the next click"
    assert rows(AuditEntry)[-1].data == {"area": "staff", "role": "support", "given": [BRAND], "taken": [AUDIT]}
    page = browser.get("/staff/roles/staff/support")
    assert "Differs from the default" in page
    page.forms["role"].submit("reset").follow()
    assert rows(RolePermission) == []
    sam.get("/staff/brand", status=403)


def test_effects_reach_other_processes(
    office: Any, make_app: Any, browser: Any, signed_in: Any, make: Any, tenant: Any
) -> None:
    other = signed_in(browser(app=make_app()), make.staff(tenant, "sam@alder.test", "support"), kind="staff")
    other.get("/staff/brand", status=403)
    form = office().get("/staff/roles/staff/support").forms["role"]
    tick(form, BRAND, True)
    form.submit("save")
    assert other.get("/staff/brand").status_int == 200


def test_portal_roles(office: Any, bill_group: Any, make: Any, signed_in: Any, browser: Any, rows: Any) -> None:
    form = office().get("/staff/roles/portal/viewer").forms["role"]
    names = [field._value for field in form.fields["checkbox"]]
    assert "core.details.write" in names
    tick(form, "core.details.write", True)
    form.submit("save").follow()
    viewer = signed_in(browser(), make.member(bill_group, "v@customer.test", "viewer"))
    assert viewer.get(f"/g/{bill_group.public_id}/account/details/edit", status="*").status_int in (200, 404)
    assert rows(RolePermission)[0].permission == "core.details.write"


@pytest.mark.parametrize(
    "path", ["staff/owner", "portal/owner", "staff/viewer", "portal/support", "api/owner", "x/y"]
)
def test_roles_that_nobody_changes(office: Any, path: str) -> None:
    browser = office()
    token = browser.get("/staff/roles/staff/support").forms["role"]["csrf_token"].value
    browser.get(f"/staff/roles/{path}", status=404)
    browser.post(f"/staff/roles/{path}", {"csrf_token": token}, status=404)


def test_nobody_gives_what_they_lack(
    office: Any, make: Any, tenant: Any, database: Any, portal: Any, rows: Any
) -> None:
    clerk = make.staff(tenant, "clerk@alder.test", "support")
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        row = db.get_one(Tenant, tenant.id)
        set_role_permission(db, row, "support", portal.seam.permissions[ROLE], granted=True)
        set_role_permission(db, row, "billing", portal.seam.permissions[BRAND], granted=True)
    browser = office(clerk)
    form = browser.get("/staff/roles/staff/read_only").forms["role"]
    offered = {field._value for field in form.fields["checkbox"]}
    assert BRAND not in offered and ROLE in offered
    before = len(rows(RolePermission))
    for role in ("read_only", "support"):
        page = browser.get(f"/staff/roles/staff/{role}").forms["role"]
        sent = [(name, value) for name, value in page.submit_fields("save")]
        position = next(at for at, (name, value) in enumerate(sent) if value == "core:sequence")
        sent.insert(position + 1, ("checkbox", BRAND))
        assert browser.post(f"/staff/roles/staff/{role}", sent, status=400).html.select_one(".summary")
    assert len(rows(RolePermission)) == before
    # What a role holds beyond the reader's own may stay, and be taken away.
    form = browser.get("/staff/roles/staff/billing").forms["role"]
    form.submit("save").follow()
    assert len(rows(RolePermission)) == before


def test_a_form_that_is_older_than_its_role(office: Any, rows: Any) -> None:
    browser = office()
    old = browser.get("/staff/roles/staff/billing").forms["role"]
    new = browser.get("/staff/roles/staff/billing").forms["role"]
    tick(new, AUDIT, False)
    new.submit("save").follow()
    tick(old, BRAND, True)
    page = old.submit("save").follow()
    assert "Somebody else has changed this role" in page
    assert [row.permission for row in rows(RolePermission)] == [AUDIT]


@pytest.mark.parametrize("role", ["billing", "support", "read_only"])
def test_others_only_look(office: Any, make: Any, tenant: Any, role: str) -> None:
    browser = office(make.staff(tenant, "other@alder.test", role))
    page = browser.get("/staff/roles")
    assert page.html.select_one("thead a") is None
    browser.get("/staff/roles/staff/read_only", status=403)
    token = browser.get("/staff").html.select_one("input[name=csrf_token]")["value"]
    browser.post("/staff/roles/staff/read_only", {"csrf_token": token}, status=403)
