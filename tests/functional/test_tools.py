"""Pyramid's own programs work on our ini files."""

from __future__ import annotations

from pathlib import Path

from pyramid.paster import bootstrap
from pyramid.scripts.proutes import PRoutesCommand
from sqlalchemy.engine import URL

INI = """
[app:main]
use = egg:riskportal
riskportal.environment = development
riskportal.plugins = services billing
riskportal.database = {database}
riskportal.mail = file:%(here)s/mail
riskportal.files = file:%(here)s/files
"""


def test_proutes_lists_the_routes_and_pshell_can_ask_the_database(database_url: URL, tmp_path: Path, monkeypatch):
    """Both make up a request that no transaction surrounds; `request.tm` starts one by hand."""
    ini = tmp_path / "portal.ini"
    ini.write_text(INI.format(database=database_url.render_as_string(hide_password=False).replace("%", "%%")))
    lines: list[str] = []
    command = PRoutesCommand(["proutes", str(ini)], quiet=True)
    monkeypatch.setattr(command, "out", lines.append)
    assert command.run() == 0
    assert any("/g/{bill_group}/billing" in line for line in lines)
    with bootstrap(str(ini)) as env, env["request"].tm:
        assert env["request"].db is not None
        env["registry"].portal.database.dispose()
