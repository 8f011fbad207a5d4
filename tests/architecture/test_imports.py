"""Who may import whom. An import that a test refuses means a contract or a hook is missing."""

from __future__ import annotations

import ast
import sys
from graphlib import CycleError, TopologicalSorter

import pytest
from house import CORE, MODULES, Source, core_sources, module_sources, report

# From the ground up; a package imports from lower floors, and from its own floor where no circle comes of it.
FLOORS = (
    ("contracts",),
    ("plug.declarations", "plug.messages", "plug.hookspecs", "plug"),
    ("clock", "icons", "installed", "plug.manager"),
    ("settings", "plug.seam"),
    ("db",),
    ("tenancy",),
    ("audit", "jobs", "mail", "files", "forms"),
    ("customers",),
    ("identity",),
    ("security",),
    ("plug.directives", "portfolio", "web", "demo.users"),
    ("shell",),
    ("demo",),
    ("app", "cli", ""),
    ("testing",),
)
FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS) for name in names}

STANDARD_ONLY = ("riskportal.contracts", "riskportal.plug.declarations", "riskportal.plug.messages")

# What a module may know of the core. `services` stand for whole packages: audit, jobs, mail, files.
MODULE_MAY_IMPORT = (
    "riskportal.plug",
    "riskportal.contracts",
    "riskportal.clock",
    "riskportal.db",
    "riskportal.forms",
    "riskportal.security",
    "riskportal.tenancy.models",
    "riskportal.customers.models",
    "riskportal.identity.models",
    "riskportal.audit",
    "riskportal.jobs",
    "riskportal.mail",
    "riskportal.files",
    "riskportal.portfolio",
)
MODULE_MAY_NOT_IMPORT = ("riskportal.plug.manager", "riskportal.plug.seam", "riskportal.plug.directives")

# Rooms of a module, from the ground up.
ROOMS = (
    ("permissions", "settings", "models", "emails"),
    ("triggers",),
    ("services",),
    ("forms",),
    ("views", "jobs", "events", "importers", "privacy", "cli", "cards", "contracts"),
    ("routes",),
    ("plugin",),
)
ROOM_FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
READING_ROOMS = ("views",)
WRITES = {
    "add",
    "add_all",
    "delete",
    "execute",
    "merge",
    "flush",
    "commit",
    "bulk_save_objects",
    "bulk_insert_mappings",
}


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def place(name: str) -> str:
    """The entry of FLOORS that a core module belongs to."""
    inner = name.removeprefix("riskportal").removeprefix(".")
    fitting = [entry for entry in FLOOR_OF if entry and within(inner, entry)]
    return max(fitting, key=len, default="" if not inner else inner.split(".")[0])


def test_every_core_package_has_a_floor():
    unknown = {place(source.name) for source in core_sources()} - set(FLOOR_OF)
    report([f"{name}: give this package a floor in FLOORS" for name in sorted(unknown)])


def test_contracts_and_declarations_import_the_standard_library_only():
    report(
        [
            f"{source.where}:{found.line} imports {found.name}"
            for source in core_sources()
            if within(source.name, *STANDARD_ONLY)
            for found in source.imports()
            if found.name.split(".")[0] not in sys.stdlib_module_names
            and not within(found.name, "riskportal.contracts", *STANDARD_ONLY)
        ]
    )


def test_core_imports_downwards_only():
    problems = []
    for source in core_sources():
        own = place(source.name)
        for found in source.imports():
            if not within(found.name, "riskportal"):
                continue
            target = place(found.name)
            if target != own and FLOOR_OF.get(target, 99) > FLOOR_OF.get(own, 99):
                problems.append(
                    f"{source.where}:{found.line} imports {found.name}, which stands above it; "
                    "move the shared part down, or let the upper package call the lower one"
                )
    report(problems)


def test_packages_on_one_floor_form_no_circle():
    graph: dict[str, set[str]] = {}
    for source in core_sources():
        own = place(source.name)
        for found in source.imports():
            target = place(found.name) if within(found.name, "riskportal") else own
            if target != own and FLOOR_OF.get(target) == FLOOR_OF.get(own):
                graph.setdefault(own, set()).add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"packages import each other: {' -> '.join(error.args[1])}")


def test_the_shells_packages_form_no_circle():
    """Two areas that take from each other share something that belongs below both."""
    inner = [source for source in core_sources() if source.name.startswith("riskportal.shell.")]
    packages = {source.name.split(".")[2] for source in inner}
    graph: dict[str, set[str]] = {}
    for source in inner:
        own = source.name.split(".")[2]
        targets = {found.name.split(".")[2] for found in source.imports() if within(found.name, "riskportal.shell")}
        graph[own] = graph.get(own, set()) | ((targets - {own}) & packages)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"packages of the shell import each other: {' -> '.join(error.args[1])}")


def test_core_knows_no_module():
    names = tuple(folder.name for folder in MODULES)
    report(
        [
            f"{source.where}:{found.line} imports {found.name}; core never imports a module"
            for source in core_sources()
            for found in source.imports()
            if within(found.name, *names)
        ]
    )


def test_nothing_of_ours_is_imported_inside_a_function():
    report(
        [
            f"{source.where}:{found.line} imports {found.name} inside {found.inside}(); "
            "a circle means a contract is missing"
            for source in core_sources() + module_sources()
            for found in source.imports()
            if found.inside and found.name.split(".")[0].startswith("riskportal")
        ]
    )


def test_testing_is_imported_by_tests_only():
    report(
        [
            f"{source.where}:{found.line} imports {found.name}"
            for source in core_sources() + module_sources()
            if not within(source.name, "riskportal.testing")
            for found in source.imports()
            if within(found.name, "riskportal.testing")
        ]
    )


def test_modules_import_the_seam_and_nothing_behind_it():
    problems = []
    for source in module_sources():
        own = source.name.split(".")[0]
        for found in source.imports():
            if not found.name.startswith("riskportal") or within(found.name, own):
                continue
            allowed = within(found.name, *MODULE_MAY_IMPORT) and not within(found.name, *MODULE_MAY_NOT_IMPORT)
            if not allowed:
                problems.append(
                    f"{source.where}:{found.line} imports {found.name}; use a contract, a hook or an event"
                )
    report(problems)


def room_of(name: str) -> str:
    return [*name.split("."), ""][1]


def test_rooms_of_a_module_import_downwards_only():
    problems = []
    for source in module_sources():
        package, own = source.name.split(".")[0], room_of(source.name)
        for found in source.imports():
            room = room_of(found.name) if within(found.name, package) else ""
            if own not in ROOM_FLOOR or room not in ROOM_FLOOR or room == own:
                continue
            if ROOM_FLOOR[room] > ROOM_FLOOR[own]:
                problems.append(f"{source.where}:{found.line} imports {found.name}; {room} stands above {own}")
    report(problems)


def is_service(source: Source) -> bool:
    return "services" in source.name.split(".")[1:]


def test_services_know_no_request():
    report(
        [
            f"{source.where}:{found.line} imports {found.name}; a service takes a session and plain values"
            for source in core_sources() + module_sources()
            if is_service(source)
            for found in source.imports()
            if within(found.name, "pyramid", "webob", "deform")
        ]
    )


def writes_in(source: Source) -> list[str]:
    """Calls on a session that write (or could), and imported write statements."""
    problems = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            owner = ast.unparse(node.func.value)
            if owner == "db" or owner.endswith(".db"):
                problems.append(f"{source.where}:{node.lineno} calls {owner}.{node.func.attr}(); write in a service")
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            problems += [
                f"{source.where}:{node.lineno} sets {ast.unparse(target)}; change rows in a service"
                for target in targets
                if isinstance(target, ast.Attribute) and not ast.unparse(target.value).endswith("response")
            ]
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            wrong = {alias.name for alias in node.names} & {"insert", "update", "delete"}
            problems += [f"{source.where}:{node.lineno} imports {name}; write in a service" for name in sorted(wrong)]
    return problems


def test_views_write_nothing():
    sources = [s for s in core_sources() + module_sources() if set(s.name.split(".")) & set(READING_ROOMS)]
    assert any(s.path.is_relative_to(CORE) for s in sources), (
        "no core views found: did their folder get another name?"
    )
    report([problem for source in sources for problem in writes_in(source)])
