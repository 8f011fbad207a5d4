"""The walk-through of docs/writing-a-module.md, file by file as it stands there, in a folder of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from riskportal.testing.databases import RUN_FOLDER

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "writing-a-module.md"
# A line with nothing but a path, then the file.
FILE = re.compile(r"^`([\w./]+\.\w+)`\n\n```\w+\n(.*?)^```$", re.M | re.S)


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    """The folder that a reader has at the end of the page."""
    for name, text in FILE.findall(PAGE.read_text(encoding="utf-8")):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for package in ("notes_module", "notes_module/migrations"):
        (tmp_path / package / "__init__.py").touch()
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), *(str(ROOT / top) for top in ("src", "plugins"))])
    environ = {name: value for name, value in os.environ.items() if name != RUN_FOLDER and "PYTEST" not in name}
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env={**environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_every_file_of_the_page_is_taken(walk: Path) -> None:
    blocks = len(re.findall(r"^```(?:python|jinja|po)$", PAGE.read_text(encoding="utf-8"), re.M))
    files = [path for path in walk.rglob("*") if path.is_file() and path.stat().st_size]
    assert len(files) == blocks >= 12


def test_it_is_clean(walk: Path) -> None:
    found = run(walk, "ruff", "check", "--select", "E,F,W,I,B", "--line-length", "118", ".")
    assert found.returncode == 0, found.stdout


def test_it_runs(walk: Path) -> None:
    """The page's own tests, over the real application, on SQLite; warnings are errors as in our own."""
    warnings = ("-W", "error", "-W", "ignore::DeprecationWarning", "-W", "ignore:pkg_resources:UserWarning")
    found = run(walk, "pytest", "-q", "-p", "no:cacheprovider", *warnings, "-k", "not postgres", "tests")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "4 passed" in found.stdout
