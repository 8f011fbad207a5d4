"""Finding the tenant of a host name, and what it has configured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from riskportal.db.changes import check_seen, values_of
from riskportal.db.guard import scope_of
from riskportal.plug.declarations import PORTAL_ROLES, STAFF_ROLES, Permission, Setting
from riskportal.tenancy.models import RolePermission, Tenant, TenantHost, TenantModule, TenantSetting

OWNER = "owner"
# What stands for everything that a tenant has configured.
CONFIG = ("config_version",)


@dataclass(frozen=True)
class TenantConfig:
    """A tenant's module switches and settings as they were at `version`."""

    version: int
    modules_off: frozenset[str]
    values: Mapping[str, Any]
    declared: Mapping[str, Setting]
    roles: Mapping[tuple[str, str], frozenset[str]]

    def module_on(self, name: str) -> bool:
        """Whether an installed module is on for this tenant; the core always is."""
        return name not in self.modules_off

    def setting(self, key: str) -> Any:
        """The tenant's value or the declared default; KeyError for a key that nobody declares."""
        return self.values.get(key, self.declared[key].default)

    def role_permissions(self, area: str, role: str) -> frozenset[str]:
        """What a role may do in an area (portal, staff) for this tenant; nothing for a role that doesn't exist."""
        return self.roles.get((area, role), frozenset())


# Every request runs it, so it is built once.
_BY_HOST = (
    select(Tenant).join(TenantHost, TenantHost.tenant_id == Tenant.id).where(TenantHost.host == bindparam("host"))
)


def tenant_by_host(db: Session, host: str) -> Tenant | None:
    """The tenant that answers under `host` (lower case, no port); needs a session above tenants."""
    return db.scalar(_BY_HOST, {"host": host})


def tenant_config(
    db: Session, tenant: Tenant, declared: Mapping[str, Setting], permissions: Mapping[str, Permission]
) -> TenantConfig:
    """Read the tenant's switches, settings and roles; the session's scope must be this tenant."""
    switches = db.execute(select(TenantModule.module, TenantModule.enabled)).all()
    values = db.execute(select(TenantSetting.key, TenantSetting.value)).all()
    return TenantConfig(
        version=tenant.config_version,
        modules_off=frozenset(module for module, enabled in switches if not enabled),
        # A value stays when its module leaves the ini file, and means nothing until the module is back.
        values={row.key: declared[row.key].node.deserialize(row.value) for row in values if row.key in declared},
        declared=declared,
        roles=_roles(permissions.values(), db.scalars(select(RolePermission)).all()),
    )


def _roles(
    permissions: Iterable[Permission], changes: Iterable[RolePermission]
) -> dict[tuple[str, str], frozenset[str]]:
    """The permissions of every role: those declared, with what the tenant changed. Owners hold all, always."""
    known = list(permissions)
    areas = {permission.name: permission.area for permission in known}
    held: dict[tuple[str, str], set[str]] = {}
    for area, roles in (("portal", PORTAL_ROLES), ("staff", STAFF_ROLES)):
        for role in roles:
            held[area, role] = {
                permission.name
                for permission in known
                if permission.area == area
                and (role in permission.default_roles or role == OWNER or permission.personal)
            }
    for change in changes:
        # A change of a permission whose module left the ini file means nothing until it is back.
        fits = areas.get(change.permission) == change.area and change.role != OWNER
        if fits and (change.area, change.role) in held:
            (set.add if change.granted else set.discard)(held[change.area, change.role], change.permission)
    return {key: frozenset(names) for key, names in held.items()}


class TenantConfigs:
    """Remembers each tenant's configuration until its `config_version` changes.

    Costs no statement as long as nothing changed, and is right in every process because the
    version comes with the tenant's row, which each request reads anyway.
    """

    def __init__(self, declared: Mapping[str, Setting], permissions: Mapping[str, Permission]) -> None:
        self._declared = declared
        self._permissions = permissions
        self._known: dict[int, TenantConfig] = {}

    def get(self, db: Session, tenant: Tenant) -> TenantConfig:
        """The tenant's configuration; reads it when it is new or has changed."""
        known = self._known.get(tenant.id)
        if known is None or known.version != tenant.config_version:
            known = tenant_config(db, tenant, self._declared, self._permissions)
            self._known[tenant.id] = known
        return known


def set_module(db: Session, tenant: Tenant, module: str, enabled: bool) -> None:
    """Switch a module on or off for the tenant of this session."""
    row = db.scalar(select(TenantModule).where(TenantModule.module == module))
    if row is None:
        db.add(TenantModule(module=module, enabled=enabled))
    else:
        row.enabled = enabled
    config_changed(tenant)


def set_setting(db: Session, tenant: Tenant, setting: Setting, value: Any) -> None:
    """Store a tenant's value of a declared setting in its written form; colander.Invalid when it doesn't fit."""
    lock_tenant(db)
    _store_settings(db, tenant, [(setting, value)])


def change_settings(db: Session, values: Sequence[tuple[Setting, Any]], *, seen: str) -> None:
    """Store several values as `set_setting` does one, or nothing at all.

    `seen` is the mark of the tenant's CONFIG when whoever asks saw the settings; Outdated when anything of the
    configuration has changed since. It is compared on the locked row, so of two at once one is Outdated.
    """
    if values:
        tenant = lock_tenant(db)
        check_seen(values_of(tenant, CONFIG), seen)
        _store_settings(db, tenant, values)


def _store_settings(db: Session, tenant: Tenant, values: Iterable[tuple[Setting, Any]]) -> None:
    written = {setting.key: setting.node.serialize(setting.node.deserialize(value)) for setting, value in values}
    rows = {row.key: row for row in db.scalars(select(TenantSetting).where(TenantSetting.key.in_(written)))}
    for key, text in written.items():
        if key in rows:
            rows[key].value = text
        else:
            db.add(TenantSetting(key=key, value=text))
    config_changed(tenant)


def reset_setting(db: Session, tenant: Tenant, setting: Setting) -> bool:
    """Let the declared default hold again; False when it does already."""
    lock_tenant(db)
    row = db.scalar(select(TenantSetting).where(TenantSetting.key == setting.key))
    if row is None:
        return False
    db.delete(row)
    config_changed(tenant)
    return True


def set_role_permission(db: Session, tenant: Tenant, role: str, permission: Permission, granted: bool) -> bool:
    """`set_role_permissions` for one permission; False when that was so already."""
    return set_role_permissions(db, tenant, role, [(permission, granted)]) == [permission.name]


def set_role_permissions(
    db: Session, tenant: Tenant, role: str, wanted: Sequence[tuple[Permission, bool]]
) -> list[str]:
    """Let a role do each of these things, or not any more; the names of those that it couldn't or could before.

    Only differences from the declared defaults are stored, so that a module that comes later brings its own.
    ValueError for the owner's role, which holds everything, and for a personal permission, which everybody holds.
    Takes the same number of statements for one as for all.
    """
    if role == OWNER or any(permission.personal for permission, _granted in wanted):
        raise ValueError("this can't be taken away")
    # Two editors at once: the second waits here and then sees what the first has stored.
    lock_tenant(db)
    rows = {(row.area, row.permission): row for row in db.scalars(select(RolePermission).filter_by(role=role))}
    changed, added = [], []
    for permission, granted in wanted:
        row = rows.get((permission.area, permission.name))
        default = role in permission.default_roles
        if granted == (row.granted if row is not None else default):
            continue
        changed.append(permission.name)
        if row is None:
            where = {"tenant_id": tenant.id, "area": permission.area, "role": role}
            added.append({**where, "permission": permission.name, "granted": granted})
        elif granted == default:
            db.delete(row)
        else:
            row.granted = granted
    if added:
        db.execute(insert(RolePermission), added)
    if changed:
        config_changed(tenant)
    return changed


def lock_tenant(db: Session) -> Tenant:
    """The session's tenant, held still: who changes its team, roles or hosts waits for whoever does so already.

    Rows that only point at the tenant are written as ever. On SQLite every writer waits for the other anyway.
    """
    scope = scope_of(db)
    tenant_id = scope.tenant_id if scope is not None else None
    query = select(Tenant).where(Tenant.id == tenant_id).with_for_update(key_share=True)
    return db.scalars(query.execution_options(populate_existing=True)).one()


def config_changed(tenant: Tenant) -> None:
    """Tell every process that what it remembers of this tenant is old.

    The database counts: two changes at the same time must not arrive at the same version.
    """
    tenant.config_version = Tenant.config_version + 1
