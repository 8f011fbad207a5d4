"""What modules declare is gathered once and checked against each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pyramid.exceptions import ConfigurationConflictError

from riskportal.plug import DeclarationError
from riskportal.plug.manager import load_modules
from riskportal.plug.seam import CoreDeclarations, Seam, gather
from riskportal.shell.declarations import CORE_DECLARATIONS

Package = Callable[..., str]
CORE = CoreDeclarations()
PERMISSION = """
@hookimpl
def permissions():
    yield Permission("acme.thing.read", _("Read"), "portal", ("owner", "viewer"))
    yield Permission("acme.thing.write", _("Write"), "portal", ("owner",))
    yield Permission("acme.desk.read", _("Desk"), "staff", ("owner",))
"""


def seam(package: Package, plugin: str, core: CoreDeclarations = CORE) -> Seam:
    return gather(load_modules([package("acme", plugin)]), core)


def refused(package: Package, plugin: str, core: CoreDeclarations = CORE) -> str:
    with pytest.raises(DeclarationError) as error:
        seam(package, plugin, core)
    return str(error.value)


def test_nothing_declared(package: Package) -> None:
    found = seam(package, "")
    assert not found.nav
    assert [loaded.module.name for loaded in found.modules] == ["acme"]


HOOKS = {
    "nav_entries": 'NavEntry("{}", "portal", "L", "r", "acme.thing.read", "home")',
    "permissions": 'Permission("{}", "L", "portal", ())',
    "settings_schema": 'Setting("{}", None, 1, "L")',
    "jobs": 'Job("{}", run=print)',
    "emails": 'Email("{}", "L", "acme:t", ())',
    "audit_events": 'AuditEvent("{}", "L", "S")',
    "record_kinds": 'RecordKind("{}", "L", "r", "acme.thing.read", print, print)',
    "personal_data": 'PersonalData("{}", "L", print, print, "")',
}


def hook(name: str, *items: str) -> str:
    marked = f"@hookimpl\ndef {name}():\n    return [{', '.join(items)}]\n"
    return marked if name == "permissions" else PERMISSION + marked


@pytest.mark.parametrize("wrong", ["other.thing", "acmeother.thing", "core.thing"])
@pytest.mark.parametrize("name", HOOKS)
def test_every_declaration_needs_the_modules_prefix(package: Package, name: str, wrong: str) -> None:
    text = refused(package, hook(name, HOOKS[name].format(wrong)))
    assert f"'acme': {name}() declares {wrong!r}; names of this module start with 'acme.'" in text


@pytest.mark.parametrize("name", HOOKS)
def test_every_id_is_declared_once(package: Package, name: str) -> None:
    item = HOOKS[name].format("acme.same")
    assert f"{name}() declares 'acme.same', which is declared already" in refused(package, hook(name, item, item))


def test_sections_are_declared_once_whoever_declares_them(package: Package) -> None:
    taken = replace(CORE, importers=CORE_DECLARATIONS.importers[:1])
    section = taken.importers[0].section
    plugin = f"@hookimpl\ndef importers():\n    yield Importer({section!r}, None, print, print)"
    assert f"{section!r}, which is declared already" in refused(package, plugin, taken)


@pytest.mark.parametrize("name", [*HOOKS, "importers"])
@pytest.mark.parametrize(
    ("answer", "found"),
    [("[{'id': 'acme.x'}]", "dict"), ("[None]", "NoneType"), ("3", "int"), ("'acme.x'", "str"), ("Module", "type")],
)
def test_every_hook_yields_its_own_type(package: Package, name: str, answer: str, found: str) -> None:
    text = refused(package, f"@hookimpl\ndef {name}():\n    return {answer}")
    assert text.startswith(f"module 'acme': {name}() must ")
    assert text.endswith(f"not {found}")


def test_a_hook_may_answer_nothing(package: Package) -> None:
    assert not seam(package, "@hookimpl\ndef jobs():\n    return None").jobs


def test_an_error_in_a_declaration_hook_stops_the_start(package: Package) -> None:
    with pytest.raises(ZeroDivisionError):
        seam(package, "@hookimpl\ndef jobs():\n    yield 1 / 0")


@pytest.mark.parametrize("name", ["nav_entries", "record_kinds"])
def test_an_unknown_permission(package: Package, name: str) -> None:
    item = HOOKS[name].format("acme.x").replace("acme.thing.read", "acme.thing.raed")
    assert "names the permission 'acme.thing.raed', which nobody declares" in refused(package, hook(name, item))


def test_a_nav_entry_with_a_permission_of_another_area(package: Package) -> None:
    item = HOOKS["nav_entries"].format("acme.x").replace("acme.thing.read", "acme.desk.read")
    text = refused(package, hook("nav_entries", item))
    assert "'acme.x' stands in the area 'portal', but its permission 'acme.desk.read' belongs to 'staff'" in text


def test_a_section_may_come_after_one_of_a_module_that_is_not_installed(package: Package) -> None:
    plugin = (
        "@hookimpl\ndef importers():\n    yield Importer('things', None, print, print, after=('nowhere', 'tenants'))"
    )
    assert "things" in seam(package, plugin, CORE_DECLARATIONS).importers


def test_the_cores_own_declarations_hold() -> None:
    found = gather(load_modules([]), CORE_DECLARATIONS)
    assert found.permissions["core.portal.view"].default_roles


ROUTES = (
    PERMISSION
    + """
@hookimpl
def includeme(config):
    config.add_portal_route("acme.list", "/things", permission="acme.thing.read")
    {}
"""
)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'config.add_portal_route("acme.x", "/x", permission="acme.nothing")',
            "'acme.nothing', which nobody declares",
        ),
        ('config.add_portal_route("acme.x", "/x", permission="acme.desk.read")', "a permission of the area 'staff'"),
        ('config.add_staff_route("acme.x", "/x", permission="acme.thing.read")', "a permission of the area 'portal'"),
        ('config.add_api_route("acme.x", "/x", permission="acme.thing.read")', "a permission of the area 'portal'"),
        ('config.add_portal_route("other.x", "/x", permission="acme.thing.read")', r"routes start with 'acme\.'"),
        ('config.add_public_route("core.x", "/x")', r"routes start with 'acme\.'"),
        ('config.add_public_route("acme.x", "x")', "must start with a slash"),
        (
            'config.add_portal_route("acme.x", "/x/{public_id}", permission="acme.thing.read", record="acme.no")',
            "record kind 'acme.no', which nobody declares",
        ),
        (
            'config.add_portal_route("acme.x", "/x/{id}", permission="acme.thing.read", record="acme.no")',
            "needs {public_id} in its pattern",
        ),
    ],
)
def test_wrong_routes_stop_the_start(
    package: Package, make_app: Callable[..., object], line: str, message: str
) -> None:
    package("acme", ROUTES.format(line))
    with pytest.raises(DeclarationError, match=message):
        make_app(modules=["acme"])


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        (
            hook("nav_entries", 'NavEntry("acme.n", "portal", "L", "acme.lsit", "acme.thing.read", "home")'),
            "no portal r",
        ),
        (
            hook("nav_entries", 'NavEntry("acme.n", "staff", "L", "acme.list", "acme.desk.read", "home")'),
            "no staff r",
        ),
        (hook("record_kinds", HOOKS["record_kinds"].format("acme.k")), "which is no route"),
    ],
)
def test_links_to_nowhere_stop_the_start(
    package: Package, make_app: Callable[..., object], declaration: str, message: str
) -> None:
    package("acme", ROUTES.format("pass") + declaration.replace(PERMISSION, ""))
    with pytest.raises(DeclarationError, match=message):
        make_app(modules=["acme"])


def test_two_modules_with_one_route_or_contract(package: Package, make_app: Callable[..., object]) -> None:
    same = 'config.add_portal_route("acme.list", "/other", permission="acme.thing.read")'
    package("acme", ROUTES.format(same))
    with pytest.raises(ConfigurationConflictError):
        make_app(modules=["acme"])
    for name in ("one", "two"):
        package(name, "@hookimpl\ndef includeme(config):\n    config.register_contract(int, lambda request: 1)")
    with pytest.raises(ConfigurationConflictError):
        make_app(modules=["one", "two"])
