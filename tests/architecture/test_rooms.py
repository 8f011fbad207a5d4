"""The plan of the rooms: every module looks alike, no file or function outgrows its reader."""

from __future__ import annotations

import ast

from house import MODULES, ROOT, Source, core_sources, module_sources, report, tracked

FILE_LINES = 400
FUNCTION_LINES = 60
REQUIRED = ("__init__.py", "plugin.py", "README.md")
ROOMS = (
    "__init__ plugin routes permissions models services forms views jobs emails events importers privacy settings "
    "cli templates static locale migrations triggers cards contracts pdf"
).split()
TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Makefile",
    "README.md",
    "alembic",
    "bench",
    "development.ini",
    "docs",
    "plugins",
    "production.ini",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements.lock",
    "setup.cfg",
    "setup.py",
    "src",
    "tests",
}


def every_source() -> list[Source]:
    extra = [path for folder in ("alembic", "tests", "bench") for path in sorted((ROOT / folder).rglob("*.py"))]
    return core_sources() + module_sources() + [Source(path, path.stem) for path in extra]


def test_files_stay_short():
    long = [(source.where, len(source.text.splitlines())) for source in every_source()]
    report([f"{where}: {lines} lines, at most {FILE_LINES}" for where, lines in long if lines > FILE_LINES])


def test_functions_stay_short():
    problems = []
    for source in core_sources() + module_sources():
        if ".migrations" in source.name:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    problems.append(
                        f"{source.where}:{node.lineno} {node.name}() has {lines} lines, at most {FUNCTION_LINES}"
                    )
    report(problems)


def test_every_file_says_what_it_is_for():
    report(
        [
            f"{source.where}: no docstring"
            for source in core_sources() + module_sources()
            if not ast.get_docstring(source.tree) and source.text.strip()
        ]
    )


def test_every_module_has_the_required_rooms():
    report(
        [
            f"plugins/{folder.name}/{name} is missing"
            for folder in MODULES
            for name in REQUIRED
            if not (folder / name).is_file()
        ]
    )


def test_a_file_outside_the_plan_is_a_plain_helper():
    """A further file at a module's top words or computes something: it knows no request, no session and no view."""
    problems = []
    for source in module_sources():
        room = [*source.name.split("."), "__init__"][1]
        if room in ROOMS:
            continue
        for found in source.imports():
            inner = found.name.split(".")
            above = inner[0] == source.name.split(".")[0] and {"views", "plugin", "routes", "jobs"} & set(inner[1:2])
            if (
                inner[0] in ("pyramid", "webob", "sqlalchemy", "deform")
                or found.name.startswith("riskportal.db")
                or above
            ):
                problems.append(
                    f"{source.where}:{found.line} imports {found.name}: {room!r} is no room of the plan, so it must "
                    "know no request and no session; else move it into a room"
                )
    report(problems)


def test_a_modules_init_holds_no_code():
    report(
        [
            f"plugins/{folder.name}/__init__.py holds code; it is a docstring only"
            for folder in MODULES
            if len(ast.parse((folder / "__init__.py").read_text()).body) != 1
        ]
    )


def test_the_top_level_is_fixed():
    found = {path.relative_to(ROOT).parts[0] for path in tracked()}
    report([f"{name}: not in the plan of the top level (DESIGN: the house)" for name in sorted(found - TOP_LEVEL)])


def test_nothing_tells_the_time_but_the_clock():
    problems = []
    for source in core_sources() + module_sources():
        if source.name in ("riskportal.clock",) or ".testing" in source.name:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and node.attr in ("now", "today", "utcnow"):
                owner = ast.unparse(node.value)
                if owner in ("datetime", "date", "datetime.datetime", "datetime.date"):
                    problems.append(f"{source.where}:{node.lineno} {owner}.{node.attr}(): ask the injected clock")
    report(problems)


def test_test_files_have_names_of_their_own():
    """pytest imports them by their bare names."""
    seen: dict[str, str] = {}
    problems = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if path.name in ("__init__.py", "conftest.py") or (path.parent / "__init__.py").exists():
            continue
        where = str(path.relative_to(ROOT))
        if path.name in seen:
            problems.append(f"{where} is named like {seen[path.name]}; say in its name what it tests")
        seen[path.name] = where
    report(problems)
