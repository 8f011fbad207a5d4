"""Everything that modules declared, gathered once, checked against each other, then never changed.

The core declares its own nav entries, permissions, jobs, mails and importers through the same
lists: `gather(modules, core)` takes them as the declarations of a module named `core`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from riskportal.plug.declarations import (
    AuditEvent,
    DeclarationError,
    Email,
    Importer,
    Job,
    NavEntry,
    Permission,
    PersonalData,
    RecordKind,
    Setting,
)
from riskportal.plug.hookspecs import DECLARATION_HOOKS
from riskportal.plug.manager import Loaded, Modules

CORE = "core"


@dataclass(frozen=True)
class CoreDeclarations:
    """What the core itself declares, in the same shape as a module's hooks."""

    nav_entries: tuple[NavEntry, ...] = ()
    permissions: tuple[Permission, ...] = ()
    settings_schema: tuple[Setting, ...] = ()
    jobs: tuple[Job, ...] = ()
    emails: tuple[Email, ...] = ()
    audit_events: tuple[AuditEvent, ...] = ()
    record_kinds: tuple[RecordKind, ...] = ()
    importers: tuple[Importer, ...] = ()
    personal_data: tuple[PersonalData, ...] = ()


@dataclass(frozen=True)
class Seam:
    """All declarations by their id. `owner` tells which module declared a nav entry, job, mail ..."""

    modules: Modules
    nav: Mapping[str, NavEntry]
    permissions: Mapping[str, Permission]
    settings: Mapping[str, Setting]
    jobs: Mapping[str, Job]
    emails: Mapping[str, Email]
    audit_events: Mapping[str, AuditEvent]
    record_kinds: Mapping[str, RecordKind]
    importers: Mapping[str, Importer]
    personal_data: Mapping[str, PersonalData]


_ID_FIELD = {
    "nav_entries": "id",
    "permissions": "name",
    "settings_schema": "key",
    "jobs": "name",
    "emails": "name",
    "audit_events": "code",
    "record_kinds": "kind",
    "importers": "section",
    "personal_data": "name",
}
_TYPES = {
    "nav_entries": NavEntry,
    "permissions": Permission,
    "settings_schema": Setting,
    "jobs": Job,
    "emails": Email,
    "audit_events": AuditEvent,
    "record_kinds": RecordKind,
    "importers": Importer,
    "personal_data": PersonalData,
}
# Their ids are plain words of the portfolio file, not `module.thing`.
_UNPREFIXED = ("importers",)


def gather(modules: Modules, core: CoreDeclarations) -> Seam:
    """Run every declaration hook once. DeclarationError names a duplicate, a foreign prefix, a wrong type
    or an unknown permission, and says what to do."""
    found: dict[str, dict[str, Any]] = {hook: {} for hook in DECLARATION_HOOKS}
    for hook in DECLARATION_HOOKS:
        for item in getattr(core, hook):
            _add(found[hook], hook, CORE, item, own=True)
        for loaded in modules:
            for item in _declared(modules, loaded, hook):
                _add(found[hook], hook, loaded.module.name, item, own=False)
    _check_permissions(found)
    return Seam(
        modules=modules,
        nav=found["nav_entries"],
        permissions=found["permissions"],
        settings=found["settings_schema"],
        jobs=found["jobs"],
        emails=found["emails"],
        audit_events=found["audit_events"],
        record_kinds=found["record_kinds"],
        importers=found["importers"],
        personal_data=found["personal_data"],
    )


def _declared(modules: Modules, loaded: Loaded, hook: str) -> Iterable[Any]:
    answer = modules.call(loaded, hook)
    if answer is None:
        return ()
    if isinstance(answer, str) or not isinstance(answer, Iterable):
        raise DeclarationError(
            f"module {loaded.module.name!r}: {hook}() must return a list of {_TYPES[hook].__name__} objects "
            f"(or yield them), not {type(answer).__name__}"
        )
    return answer


def _add(known: dict[str, Any], hook: str, module: str, item: Any, *, own: bool) -> None:
    if not isinstance(item, _TYPES[hook]):
        raise DeclarationError(
            f"module {module!r}: {hook}() must yield {_TYPES[hook].__name__} objects, not {type(item).__name__}"
        )
    name = getattr(item, _ID_FIELD[hook])
    if not own and hook not in _UNPREFIXED and not name.startswith(module + "."):
        raise DeclarationError(
            f"module {module!r}: {hook}() declares {name!r}; names of this module start with '{module}.'"
        )
    if name in known:
        raise DeclarationError(f"module {module!r}: {hook}() declares {name!r}, which is declared already; rename it")
    known[name] = item


def _check_permissions(found: Mapping[str, Mapping[str, Any]]) -> None:
    permissions = found["permissions"]
    for permission in permissions.values():
        kind = found["record_kinds"].get(permission.record_kind)
        if permission.record_kind is not None and (kind is None or kind.listing is None):
            raise DeclarationError(
                f"permissions: {permission.name!r} can be limited to records of the kind {permission.record_kind!r}, "
                "which nobody declares with a listing; declare it in record_kinds() or correct the name"
            )
    for hook in ("nav_entries", "record_kinds", "emails"):
        for item in found[hook].values():
            for name in item.about if hook == "emails" else (item.permission,):
                if name not in permissions:
                    raise DeclarationError(
                        f"{hook}: {getattr(item, _ID_FIELD[hook])!r} names the permission {name!r}, which "
                        "nobody declares; declare it in permissions() or correct the name"
                    )
    for entry in found["nav_entries"].values():
        area = permissions[entry.permission].area
        if area != entry.area:
            raise DeclarationError(
                f"nav_entries: {entry.id!r} stands in the area {entry.area!r}, but its permission "
                f"{entry.permission!r} belongs to {area!r}, so nobody would see it; use one of {entry.area!r}"
            )
