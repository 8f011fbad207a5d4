"""The program as an operator runs it: an ini file, a clean migrated SQLite database, output and exit code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from riskportal.cli import main

INI = """
[app:main]
use = egg:riskportal
riskportal.environment = development
riskportal.plugins = services billing
riskportal.database = {database}
riskportal.mail = file:%(here)s/mail
riskportal.files = file:%(here)s/files
{more}
[server:main]
use = egg:waitress#main
listen = 127.0.0.1:6543
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def backend() -> str:
    """Commands are the same on every database; loader and migrations are tested on both elsewhere."""
    return "sqlite"


@pytest.fixture
def write_ini(tmp_path: Path) -> Callable[..., Path]:
    def write(database: URL | str, more: str = "") -> Path:
        path = tmp_path / "portal.ini"
        url = database if isinstance(database, str) else database.render_as_string(hide_password=False)
        path.write_text(INI.format(database=url, more=more))
        return path

    return write


@pytest.fixture
def run(database_url: URL, write_ini: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> Run:
    """`code, out, err = run("load", path)` with an ini file over the migrated database."""
    ini = write_ini(database_url)

    def run(*words: object, config: Path = ini) -> tuple[int, str, str]:
        try:
            code = main(["-c", str(config), *map(str, words)])
        except SystemExit as error:
            code = int(error.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
