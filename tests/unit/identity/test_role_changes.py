"""What a role may do: changed within what whoever asks may do, never for owners, never behind anybody's back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.identity.roles import PORTAL_RIGHTS, RoleChange, change_role_permissions, changeable, defaults
from riskportal.identity.staff import Chief, TeamRefused
from riskportal.tenancy.models import RolePermission, Tenant
from riskportal.tenancy.services import set_role_permission

ROLE_WRITE, AUDIT, BRAND = "core.role.write", "core.audit.read", "core.brand.write"


@pytest.fixture
def change(database: Any, tenant: Tenant, portal: Any) -> Any:
    """`change(user, area, role, wanted)`: as the roles page would, which saw what the role holds now."""
    declared = portal.seam.permissions

    def run(user: Any, area: str, role: str, wanted: set[str], seen: Any = None) -> RoleChange:
        with database.session(Scope.tenant_wide(tenant.id)) as db:
            held = portal.configs.get(db, db.get_one(Tenant, tenant.id)).role_permissions(area, role)
            chief = Chief(user.id, portal.configs, ROLE_WRITE)
            return change_role_permissions(db, chief, declared, area, role, wanted, held if seen is None else seen)

    return run


@pytest.fixture
def holds(database: Any, tenant: Tenant, portal: Any) -> Any:
    def ask(area: str, role: str) -> frozenset[str]:
        with database.session(Scope.tenant(tenant.id), write=False) as db:
            return portal.configs.get(db, db.get_one(Tenant, tenant.id)).role_permissions(area, role)

    return ask


def refused(code: str, act: Any, *arguments: Any) -> None:
    with pytest.raises(TeamRefused) as error:
        act(*arguments)
    assert error.value.code == code


def test_give_take_and_back_to_the_default(
    change: Any, holds: Any, make: Any, tenant: Tenant, portal: Any, database: Any
) -> None:
    owner = make.staff(tenant)
    usual = defaults(portal.seam.permissions, "staff", "support")
    assert AUDIT in usual and BRAND not in usual
    assert change(owner, "staff", "support", usual - {AUDIT} | {BRAND}) == RoleChange([BRAND], [AUDIT])
    assert BRAND in holds("staff", "support") and AUDIT not in holds("staff", "support")
    assert change(owner, "staff", "support", set(usual)) == RoleChange([AUDIT], [BRAND])
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        assert db.scalars(select(RolePermission)).all() == [], "the default needs no row"


def test_owners_and_personal_permissions_stay(
    change: Any, holds: Any, make: Any, tenant: Tenant, portal: Any
) -> None:
    owner = make.staff(tenant)
    refused("own", change, owner, "staff", "owner", set())
    refused("own", change, owner, "portal", "owner", set())
    change(owner, "portal", "viewer", set())
    personal = {p.name for p in portal.seam.permissions.values() if p.personal and p.area == "portal"}
    assert holds("portal", "viewer") == personal
    assert not personal & {p.name for p in changeable(portal.seam.permissions, "portal")}


def test_names_that_nobody_declares_or_of_another_area_do_nothing(
    change: Any, holds: Any, make: Any, tenant: Tenant
) -> None:
    owner = make.staff(tenant)
    before = holds("staff", "support")
    assert change(owner, "staff", "support", {*before, "acme.bomb.drop", "core.details.write"}) == RoleChange([], [])


def test_nobody_gives_what_they_lack(change: Any, make: Any, tenant: Tenant, portal: Any, database: Any) -> None:
    clerk = make.staff(tenant, "clerk@alder.test", "support")
    refused("gone", change, clerk, "staff", "read_only", set())
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        row = db.get_one(Tenant, tenant.id)
        set_role_permission(db, row, "support", portal.seam.permissions[ROLE_WRITE], granted=True)
    for role in ("support", "read_only"):
        usual = defaults(portal.seam.permissions, "staff", role)
        refused("beyond", change, clerk, "staff", role, {*usual, ROLE_WRITE, BRAND})
    usual = defaults(portal.seam.permissions, "staff", "read_only")
    assert change(clerk, "staff", "read_only", {*usual, ROLE_WRITE}).given == [ROLE_WRITE]
    # What customers may do is no power over the console.
    assert change(clerk, "portal", "viewer", set(defaults(portal.seam.permissions, "portal", "owner")))


def test_nobody_overwrites_what_they_have_not_seen(change: Any, make: Any, tenant: Tenant, holds: Any) -> None:
    owner = make.staff(tenant)
    seen = holds("staff", "billing")
    change(owner, "staff", "billing", seen - {AUDIT})
    refused("changed", change, owner, "staff", "billing", {*seen, BRAND}, seen)
    assert AUDIT not in holds("staff", "billing")


def test_two_changes_at_once(change: Any, make: Any, tenant: Tenant, holds: Any) -> None:
    owner = make.staff(tenant)
    for _turn in range(5):
        seen = holds("staff", "billing")
        wishes = [seen ^ {BRAND}, seen ^ {AUDIT}]
        with ThreadPoolExecutor(2) as pool:
            tries = [pool.submit(change, owner, "staff", "billing", wish, seen) for wish in wishes]
        codes = [getattr(one.exception(), "code", None) for one in tries]
        assert sorted(codes, key=str) == [None, "changed"], codes
        assert holds("staff", "billing") == wishes[codes.index(None)]


def test_nobody_takes_from_a_role_what_they_lack(change: Any, make: Any, tenant: Tenant, holds: Any) -> None:
    """Else a weaker colleague strips a stronger role first, and then removes those who hold it."""
    owner, sam = make.staff(tenant), make.staff(tenant, "sam@alder.test", role="support")
    support, billing = holds("staff", "support"), holds("staff", "billing")
    change(owner, "staff", "support", set(support) | {ROLE_WRITE})
    change(owner, "staff", "billing", set(billing) | {BRAND})
    refused("beyond", change, sam, "staff", "billing", set(billing))
    assert BRAND in holds("staff", "billing")
    kept = holds("staff", "billing") - {AUDIT}
    assert change(sam, "staff", "billing", set(kept)).taken == ([AUDIT] if AUDIT in billing else [])


def test_rights_of_the_portal_are_given_by_those_who_decide_about_access(
    change: Any, make: Any, tenant: Tenant, holds: Any
) -> None:
    owner, reader = make.staff(tenant), make.staff(tenant, "rea@alder.test", role="read_only")
    change(owner, "staff", "read_only", set(holds("staff", "read_only")) | {ROLE_WRITE})
    viewer = set(holds("portal", "viewer"))
    refused("beyond", change, reader, "portal", "viewer", viewer | {"core.people.manage"})
    change(owner, "staff", "read_only", set(holds("staff", "read_only")) | {PORTAL_RIGHTS})
    assert change(reader, "portal", "viewer", viewer | {"core.people.manage"}).given == ["core.people.manage"]


def test_many_ticks_take_no_more_statements_than_one(change: Any, make: Any, tenant: Tenant, sql_count: Any) -> None:
    owner = make.staff(tenant)
    needed = []
    for wanted in ({AUDIT}, set()):
        change(owner, "staff", "billing", set(wanted))
        with sql_count() as sql:
            change(owner, "staff", "billing", wanted | {BRAND, ROLE_WRITE, "core.mail.read", "core.customer.read"})
        needed.append(len(sql))
    assert needed[0] == needed[1] <= 12, sql
