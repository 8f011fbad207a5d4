"""The house as its tests see it: source files, their imports, and who they belong to."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CORE = ROOT / "src" / "riskportal"
PLUGINS = ROOT / "plugins"
MODULES = sorted(path for path in PLUGINS.glob("riskportal_*") if path.is_dir())
OURS = ("riskportal", *(path.name for path in MODULES))


@dataclass(frozen=True)
class Import:
    """One imported module, by full dotted name; `inside` is the function that imports it, or empty."""

    name: str
    line: int
    inside: str


@dataclass(frozen=True)
class Source:
    """A Python file and its dotted module name."""

    path: Path
    name: str

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def tree(self) -> ast.Module:
        return parsed(self.path)

    @property
    def where(self) -> str:
        return str(self.path.relative_to(ROOT))

    def imports(self) -> Iterator[Import]:
        """Everything this file imports; `from package import module` counts as the module when there is one."""
        yield from _imports(self.tree, "")


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _imports(node: ast.AST, inside: str) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, inside) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "the house imports by full name only"
            for alias in child.names:
                full = f"{child.module}.{alias.name}"
                yield Import(full if is_module(full) else str(child.module), child.lineno, inside)
        else:
            name = child.name if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) else inside
            yield from _imports(child, name)


@cache
def is_module(dotted: str) -> bool:
    """Whether a dotted name of ours is a module rather than a name inside one."""
    top, *rest = dotted.split(".")
    if top not in OURS:
        return False
    place = (CORE if top == "riskportal" else PLUGINS / top).joinpath(*rest)
    return place.is_dir() or place.with_suffix(".py").is_file()


def _sources(folder: Path, top: str) -> Iterator[Source]:
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        yield Source(path, ".".join([top, *parts]))


def core_sources() -> list[Source]:
    """Every file of src/riskportal."""
    return list(_sources(CORE, "riskportal"))


def module_sources() -> list[Source]:
    """Every file of every module, migrations included."""
    return [source for folder in MODULES for source in _sources(folder, folder.name)]


def templates() -> list[Path]:
    """Every Jinja2 template of core and modules."""
    return sorted(path for base in (CORE, PLUGINS) for path in base.rglob("*.jinja2"))


@cache
def tracked() -> list[Path]:
    """Files that are in the repository (or would be, were they committed); all text."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def report(problems: list[str]) -> None:
    """Fail with one line per problem."""
    assert not problems, "\n" + "\n".join(problems)
