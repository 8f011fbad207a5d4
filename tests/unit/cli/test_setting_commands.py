"""A tenant's settings from the command line, with a module that has one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PLUGIN = """
import colander
from riskportal.plug import Module, Setting, hookimpl

MODULE = Module("acme", "Acme", "1")


@hookimpl
def settings_schema():
    node = colander.SchemaNode(colander.Int(), validator=colander.Range(min=0, max=90))
    yield Setting("acme.days", node, 14, "Days to pay", "from the invoice's date")
"""


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_ini: Callable[..., Path], database_url: Any) -> Path:
    """An ini file with that module alone."""
    package = tmp_path / "acme_for_settings"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "plugin.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    path = write_ini(database_url)
    path.write_text(path.read_text().replace("services billing", "acme_for_settings"))
    return path


def test_settings_are_listed_changed_and_checked(run: Any, acme: Path, tenant: Any) -> None:
    assert "acme.days = 14   Days to pay: from the invoice's date" in run("setting", "list", config=acme)[1]
    assert run("setting", "set", "acme.days", "30", config=acme)[0] == 0
    assert "acme.days = 30" in run("setting", "list", config=acme)[1]
    code, _out, err = run("setting", "set", "acme.days", "900", config=acme)
    assert code == 1
    assert "acme.days: 900 is greater than maximum value 90" in err
    code, _out, err = run("setting", "set", "acme.day", "30", config=acme)
    assert code == 1
    assert "there is no setting 'acme.day'. Did you mean 'acme.days'?" in err
