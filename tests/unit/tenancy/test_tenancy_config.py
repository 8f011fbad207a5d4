"""Module switches and settings, remembered per process until the tenant's version changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import colander
import pytest

from riskportal.db.guard import Scope, set_scope
from riskportal.plug import Setting
from riskportal.tenancy.models import Tenant, TenantModule
from riskportal.tenancy.services import TenantConfigs, set_module, set_setting, tenant_by_host

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
    one, two = TenantConfigs(DECLARED, {}), TenantConfigs(DECLARED)
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
