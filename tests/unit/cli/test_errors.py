"""Foreseen mistakes: one clear sentence on stderr and a non-zero exit, never a traceback."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from riskportal.cli.common import CliError
from riskportal.cli.serving import Address, address_of

PROGRAM = [sys.executable, "-c", "import sys; from riskportal.cli import main; sys.exit(main())"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("riskportal.colour = red", "riskportal.colour: unknown setting. Known are:"),
        ("riskportal.environment = production", "riskportal.secret: production needs a secret"),
        ("riskportal.plugins = services biling", "there is no module 'biling'. Did you mean 'billing'?"),
        ("riskportal.plugins = billing riskportal_billing", "two modules named 'billing'"),
        ("riskportal.clock = noon", "riskportal.clock: expected 'system' or an instant"),
        ("riskportal.database = mysql://x/y", "riskportal runs on sqlite and postgresql, not on 'mysql'"),
        ("riskportal.mail = pigeon:x", "can't be used: "),
        ("no equal sign here", "can't be read"),
    ],
)
def test_bad_configuration(run, tmp_path, more, sentence):
    base = (
        "[app:main]\nuse = egg:riskportal\nriskportal.environment = development\n"
        f"riskportal.database = sqlite:///{tmp_path}/x.sqlite\n"
    )
    key = more.partition(" ")[0]
    lines = [line for line in base.splitlines() if not line.startswith(key)]
    ini = tmp_path / "bad.ini"
    ini.write_text("\n".join([*lines, more]) + "\n")
    for command in (("tenant", "list"), ("serve",), ("demo",), ("load", tmp_path / "x.json")):
        if command[0] == "load":
            (tmp_path / "x.json").write_text("{}")
        code, out, err = run(*command, config=ini)
        assert (code, out) == (1, "")
        assert sentence in err
        assert err.startswith("riskportal: ")


def test_missing_ini(run, tmp_path):
    code, _out, err = run("serve", config=tmp_path / "absent.ini")
    assert code == 1
    assert "there is no file" in err


def test_unknown_command(run):
    code, _out, err = run("srve")
    assert code == 2
    assert "invalid choice: 'srve'" in err


def test_database_without_a_server(run, write_ini):
    code, _out, err = run("tenant", "list", config=write_ini("postgresql://nobody@127.0.0.1:1/none"))
    assert code == 1
    assert "the database can't be used" in err


def test_port_in_use(run, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        code, out, err = run("serve")
    assert (code, out) == (1, "")
    assert f"port {port} on 127.0.0.1 is in use" in err


def test_where_to_listen(write_ini):
    ini = str(write_ini("sqlite:///x.sqlite"))
    assert address_of(ini, {}) == Address("127.0.0.1", 6543)
    assert address_of(ini, {"PORT": "80", "HOST": "0.0.0.0"}) == Address("0.0.0.0", 80)
    assert Address("0.0.0.0", 80).url() == "http://127.0.0.1"
    assert Address("10.0.0.5", 8080).url() == "http://10.0.0.5:8080"
    with pytest.raises(CliError, match="PORT must be a number"):
        address_of(ini, {"PORT": "http"})


def test_demo_refuses_production(run, write_ini, database_url):
    ini = write_ini(database_url)
    ini.write_text(ini.read_text().replace("development", "production") + "\n")
    text = ini.read_text().replace("riskportal.mail", f"riskportal.secret = {'x' * 40}\nriskportal.mail")
    ini.write_text(text)
    code, _out, err = run("demo", config=ini)
    assert code == 1
    assert "this configuration is for production" in err


@pytest.mark.slow
def test_demo_from_nothing_and_a_clean_end(tmp_path: Path, write_ini) -> None:
    """Twice: the first start prepares everything, the second finds it; SIGTERM ends both with code 0."""
    ini = write_ini(f"sqlite:///{tmp_path}/demo.sqlite", "riskportal.demo = true")
    for expected in ("Loading the demo data", "Sign in as:"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environ = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1"}
        with subprocess.Popen(
            [*PROGRAM, "-c", str(ini), "demo"], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                page = _page(f"http://127.0.0.1:{port}/sign-in", process)
                other = _page(f"http://127.0.0.1:{port}/sign-in", process, "harbour.localhost")
            finally:
                process.send_signal(signal.SIGTERM)
                out, err = process.communicate(timeout=40)
        assert process.returncode == 0, err
        assert expected in out
        assert f"http://127.0.0.1:{port}" in out
        assert re.search(r"mara@northwind\.example +Northwind", out)
        assert "Mara Lindqvist" in page
        assert "Harbour Hosting" in other
        assert "Traceback" not in err


def _page(url: str, process: subprocess.Popen[str], host: str | None = None) -> str:
    until = time.monotonic() + 60
    while True:
        try:
            request = Request(url, headers={"Host": f"{host}:{url.split(':')[2].split('/')[0]}"} if host else {})
            with urlopen(request, timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < until, "the demo doesn't answer"
            time.sleep(0.2)
