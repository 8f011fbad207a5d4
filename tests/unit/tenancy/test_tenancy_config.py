"""Module switches and settings, remembered per process until the tenant's version changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import colander
import pytest
from sqlalchemy import select

from riskportal.db.changes import mark, values_of
from riskportal.db.guard import Scope, set_scope
from riskportal.plug import Permission, Setting
from riskportal.tenancy.models import RolePermission, Tenant, TenantModule
from riskportal.tenancy.services import (
    CONFIG,
    TenantConfigs,
    change_settings,
    reset_setting,
    set_module,
    set_role_permission,
    set_role_permissions,
    set_setting,
    tenant_by_host,
)

DAYS = Setting("acme.days", colander.SchemaNode(colander.Integer(), validator=colander.Range(0, 90)), 14, "Days")
NOTE = Setting("acme.note", colander.SchemaNode(colander.String(), missing=""), "none", "Note")
DECLARED = {setting.key: setting for setting in (DAYS, NOTE)}


@pytest.fixture
def ask(database: Any) -> Any:
    """`ask(configs, tenant)`: the tenant's configuration as a request of that process sees it."""

    def read(configs: TenantConfigs, tenant: Tenant) -> Any:
        with database.session(Scope.tenant(tenant.id), write=False) as db:
            return configs.get(db, db.get_one(Tenant, tenant.id))

    return read


def change(database: Any, tenant: Tenant, function: Any, *arguments: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        function(db, db.get_one(Tenant, tenant.id), *arguments)


def test_defaults_and_changes_reach_every_process(database: Any, tenant: Tenant, ask: Any) -> None:
    one, two = TenantConfigs(DECLARED, {}), TenantConfigs(DECLARED, {})
    for process in (one, two):
        assert ask(process, tenant).setting("acme.days") == 14
        assert ask(process, tenant).module_on("acme")
    change(database, tenant, set_setting, DAYS, "30")
    change(database, tenant, set_module, "acme", False)
    for process in (one, two):
        assert ask(process, tenant).setting("acme.days") == 30
        assert not ask(process, tenant).module_on("acme")
        assert ask(process, tenant).module_on("other")
    change(database, tenant, set_module, "acme", True)
    change(database, tenant, set_setting, DAYS, "0")
    for process in (two, one):
        assert ask(process, tenant).module_on("acme")
        assert ask(process, tenant).setting("acme.days") == 0


def test_what_is_known_costs_no_statement(database: Any, tenant: Tenant, ask: Any, sql_count: Any) -> None:
    configs = TenantConfigs(DECLARED, {})
    ask(configs, tenant)
    with sql_count() as sql:
        ask(configs, tenant)
    assert len(sql) == 1, sql  # the tenant's own row


def test_tenants_dont_share(database: Any, tenant: Tenant, other_tenant: Tenant, ask: Any) -> None:
    configs = TenantConfigs(DECLARED, {})
    change(database, tenant, set_setting, DAYS, "30")
    change(database, tenant, set_module, "acme", False)
    assert ask(configs, tenant).setting("acme.days") == 30
    assert ask(configs, other_tenant).setting("acme.days") == 14
    assert ask(configs, other_tenant).module_on("acme")


def test_a_key_that_nobody_declares(tenant: Tenant, ask: Any) -> None:
    with pytest.raises(KeyError):
        ask(TenantConfigs(DECLARED, {}), tenant).setting("acme.weeks")


def test_a_value_that_doesnt_fit_is_refused(database: Any, tenant: Tenant, ask: Any) -> None:
    with pytest.raises(colander.Invalid):
        change(database, tenant, set_setting, DAYS, "91")
    assert ask(TenantConfigs(DECLARED, {}), tenant).setting("acme.days") == 14


def test_switching_twice_keeps_one_row(database: Any, tenant: Tenant) -> None:
    for enabled in (False, True, False):
        change(database, tenant, set_module, "acme", enabled)
    with database.session(Scope.tenant(tenant.id), write=False) as db:
        (row,) = db.query(TenantModule).all()
        assert (row.module, row.enabled, row.tenant_id) == ("acme", False, tenant.id)


@pytest.mark.parametrize("backend", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_two_changes_at_once_get_two_versions(database: Any, tenant: Tenant, ask: Any) -> None:
    """Both read the same version first; were it counted in Python, a process could miss the later change.

    SQLite has one writer: there nothing happens at once.
    """
    with (
        database.new_session(write=True) as one,
        database.new_session(write=True) as two,
        ThreadPoolExecutor(1) as pool,
    ):
        rows = []
        for db in (one, two):
            set_scope(db, Scope.tenant_wide(tenant.id))
            rows.append(db.get_one(Tenant, tenant.id))
        set_module(one, rows[0], "acme", False)
        one.flush()
        set_module(two, rows[1], "other", False)
        later = pool.submit(two.commit)
        one.commit()
        later.result(10)
    config = ask(TenantConfigs(DECLARED, {}), tenant)
    assert config.version == tenant.config_version + 2
    assert config.modules_off == {"acme", "other"}


def test_the_tenant_of_a_host(database: Any, tenant: Tenant, other_tenant: Tenant) -> None:
    with database.session(Scope.system_wide("test"), write=False) as db:
        assert tenant_by_host(db, "portal.test").id == tenant.id
        assert tenant_by_host(db, "other.test").id == other_tenant.id
        for host in ("", "test", "PORTAL.TEST", "portal.test.evil", "x.portal.test", "%"):
            assert tenant_by_host(db, host) is None


READ = Permission("acme.thing.read", "Read", "portal", ("owner", "billing"))
WRITE = Permission("acme.thing.write", "Write", "portal", ())
SELF = Permission("acme.self.view", "See oneself", "portal", (), personal=True)
PERMISSIONS = {found.name: found for found in (READ, WRITE, SELF, Permission("acme.desk.read", "Desk", "staff", ()))}


def held(tenant: Tenant, ask: Any, role: str, area: str = "portal") -> frozenset[str]:
    found: frozenset[str] = ask(TenantConfigs(DECLARED, PERMISSIONS), tenant).role_permissions(area, role)
    return found


def test_roles_hold_what_is_declared(tenant: Tenant, ask: Any) -> None:
    assert held(tenant, ask, "owner") == {READ.name, WRITE.name, SELF.name}
    assert held(tenant, ask, "billing") == {READ.name, SELF.name}
    assert held(tenant, ask, "viewer") == {SELF.name}
    assert held(tenant, ask, "owner", "staff") == {"acme.desk.read"}
    assert held(tenant, ask, "nobody") == held(tenant, ask, "owner", "api") == frozenset()


def test_a_tenant_edits_roles(database: Any, tenant: Tenant, other_tenant: Tenant, ask: Any) -> None:
    change(database, tenant, set_role_permission, "billing", WRITE, True)
    change(database, tenant, set_role_permission, "billing", READ, False)
    assert held(tenant, ask, "billing") == {WRITE.name, SELF.name}
    assert held(other_tenant, ask, "billing") == {READ.name, SELF.name}
    change(database, tenant, set_role_permission, "billing", READ, True)
    assert held(tenant, ask, "billing") == {READ.name, WRITE.name, SELF.name}
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        # What equals the declaration isn't stored, so that a later declaration counts.
        assert [row.permission for row in db.scalars(select(RolePermission))] == [WRITE.name]


@pytest.mark.parametrize(("role", "permission"), [("owner", READ), ("viewer", SELF)])
def test_what_nobody_can_take_away(database: Any, tenant: Tenant, role: str, permission: Permission) -> None:
    with pytest.raises(ValueError, match="taken away"):
        change(database, tenant, set_role_permission, role, permission, False)


def at_once(*acts: Any) -> list[Any]:
    """Each act in a thread of its own, all begun together: what it answered, or the error it met."""
    barrier = Barrier(len(acts))

    def run(act: Any) -> Any:
        barrier.wait(10)
        try:
            return act()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_a_setting_saved_by_many_at_once(database: Any, tenant: Tenant, ask: Any) -> None:
    """None has a value before: each of them finds nothing and wants to write the first row."""
    for turn, setting in enumerate((DAYS, NOTE)):
        answers = at_once(
            *(lambda n=n, s=setting: change(database, tenant, set_setting, s, str(n)) for n in range(4))
        )
        assert answers == [None] * 4
        assert ask(TenantConfigs(DECLARED, {}), tenant).version == tenant.config_version + 4 * (turn + 1)


def test_a_setting_set_and_taken_back_at_once(database: Any, tenant: Tenant) -> None:
    for _turn in range(3):
        change(database, tenant, set_setting, DAYS, "30")
        assert at_once(*[lambda: change(database, tenant, reset_setting, DAYS)] * 3) == [None] * 3


def test_of_two_who_save_the_settings_that_they_saw_one_is_outdated(database: Any, tenant: Tenant, ask: Any) -> None:
    def save(days: str, seen: str) -> None:
        with database.session(Scope.tenant_wide(tenant.id)) as db:
            # As a request does, which has read the tenant long before it saves.
            db.get_one(Tenant, tenant.id)
            change_settings(db, [(DAYS, days), (NOTE, "n" + days)], seen=seen)

    for _turn in range(3):
        seen = mark({"config_version": ask(TenantConfigs(DECLARED, {}), tenant).version})
        answers = at_once(*(lambda n=n, seen=seen: save(str(n), seen) for n in range(3)))
        assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "Outdated", "Outdated"]
        config = ask(TenantConfigs(DECLARED, {}), tenant)
        kept = answers.index(None)
        assert (config.setting("acme.days"), config.setting("acme.note")) == (kept, f"n{kept}")
        outdated = next(answer for answer in answers if answer is not None)
        assert outdated.mark == mark({"config_version": config.version})


def test_settings_that_don_t_fit_change_nothing(database: Any, tenant: Tenant, ask: Any) -> None:
    with pytest.raises(colander.Invalid), database.session(Scope.tenant_wide(tenant.id)) as db:
        change_settings(db, [(NOTE, "x"), (DAYS, "91")], seen=mark(values_of(tenant, CONFIG)))
    config = ask(TenantConfigs(DECLARED, {}), tenant)
    assert (config.version, config.setting("acme.note")) == (tenant.config_version, "none")


def test_many_permissions_take_no_more_statements_than_one(database: Any, tenant: Tenant, sql_count: Any) -> None:
    many = [Permission(f"acme.thing.do{number}", "Do", "portal", ()) for number in range(24)]
    needed = []
    for some in (many[:1], many[1:]):
        for granted in (True, False):
            with sql_count() as sql, database.session(Scope.tenant_wide(tenant.id)) as db:
                row = db.get_one(Tenant, tenant.id)
                wanted = [(permission, granted) for permission in some]
                assert set_role_permissions(db, row, "billing", wanted) == [one.name for one in some]
            needed.append(len(sql))
    assert needed[:2] == needed[2:] and max(needed) <= 5, needed
