"""Module packages written for one test."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

HEAD = "from riskportal.plug import *\nfrom riskportal.plug import _, hookimpl\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """`package("acme", plugin="...", init="...", card="...")`: an importable module package; returns its name.

    The plugin's names of `riskportal.plug` are there, and MODULE unless `plugin` defines it.
    """
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)

    def write(name: str, plugin: str | None = "", init: str = "", title: str = "", **templates: str) -> str:
        home = folder / name
        home.mkdir()
        (home / "__init__.py").write_text(init)
        if plugin is not None:
            short = name.removeprefix("riskportal_")
            own = "" if "MODULE" in plugin else f"MODULE = Module({short!r}, title={title or name!r}, version='1')\n"
            (home / "plugin.py").write_text(HEAD + own + dedent(plugin))
        for template, text in templates.items():
            (home / f"{template}.jinja2").write_text(text)
        importlib.invalidate_caches()
        return name

    yield write
    for name in set(sys.modules) - before:
        if name.split(".")[0] in {path.name for path in folder.iterdir()}:
            del sys.modules[name]
