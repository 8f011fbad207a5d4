"""A wheel holds everything: built from the tracked files alone, installed elsewhere, it migrates and serves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from house import ROOT, report, tracked

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]
BUILT_FROM = ("src", "plugins", "alembic", "setup.py", "setup.cfg", "pyproject.toml", "README.md")

INI = """
[app:main]
use = egg:riskportal
riskportal.plugins = {plugins}
riskportal.database = sqlite:///%(here)s/portal.sqlite
riskportal.environment = development
riskportal.mail = file:%(here)s/mail
riskportal.files = file:%(here)s/files
"""

VISIT = """
import sys
from pathlib import Path
from pyramid.paster import get_app
from webtest import TestApp
import riskportal
from riskportal.clock import SystemClock
from riskportal.db import migrate
from riskportal.db.session import Database
from riskportal.testing.factories import Factory

installed, ini = sys.argv[1:]
assert riskportal.__file__.startswith(installed), riskportal.__file__
assert str(migrate.script_folder()).startswith(installed), migrate.script_folder()
url = f"sqlite:///{Path(ini).parent / 'portal.sqlite'}"
migrate.upgrade(url)
assert migrate.pending(url) == ()
database = Database(url, SystemClock())
Factory(database).tenant("portal.test")
database.dispose()
app = TestApp(get_app(ini), extra_environ={"HTTP_HOST": "portal.test"})
page = app.get("/sign-in")
assert "Alder Hosting" in page.text
assert "German" in page.text or "Deutsch" in page.text
for link in page.html.select("link[rel=stylesheet], script[src], img[src]"):
    address = link.get("href") or link.get("src")
    app.get(address, status=200)
form = app.get("/sign-in").forms["sign-in"]
form["email"] = "nobody@customer.test"
form.submit().follow(status=200)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    for path in tracked():
        inner = path.relative_to(ROOT)
        if inner.parts[0] in BUILT_FROM:
            (folder / inner).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / inner)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    built = subprocess.run([*pip, "-w", "dist", "."], cwd=folder, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return next((folder / "dist").glob("*.whl"))


def test_the_wheel_holds_every_file_that_runs(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = set()
    for path in tracked():
        inner = path.relative_to(ROOT)
        if inner.name == "README.md":
            continue
        if inner.parts[0] in ("src", "plugins"):
            wanted.add("/".join(inner.parts[1:]))
        elif inner.parts[0] == "alembic":
            wanted.add("/".join(["riskportal", "migrations", *inner.parts[1:]]))
    report([f"the wheel lacks {name}: see package_data in setup.cfg" for name in sorted(wanted - inside)])


def test_the_wheel_holds_nothing_else(wheel):
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.startswith("riskportal")} == set()


def test_an_installed_wheel_migrates_and_serves(wheel, plugins, tmp_path):
    installed = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", installed, wheel]
    subprocess.run(pip, check=True, cwd=tmp_path)
    ini = tmp_path / "portal.ini"
    ini.write_text(INI.format(plugins=" ".join(plugins)))
    environ = {**os.environ, "PYTHONPATH": str(installed)}
    visit = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", VISIT, installed, ini],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert visit.returncode == 0, visit.stderr
