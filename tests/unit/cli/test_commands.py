"""Commands that work on the database: load, tenant, staff, modules, migrate, doctor, jobs."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import URL

from riskportal.audit.models import AuditEntry
from riskportal.clock import SystemClock
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.identity.models import OneTimeLink, User
from riskportal.jobs.models import JobRow
from riskportal.jobs.services import enqueue
from riskportal.jobs.worker import Worker, contexts
from riskportal.portfolio.core import CORE_IMPORTERS
from riskportal.portfolio.docs import example_file
from riskportal.tenancy.models import Tenant

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
BASICS = "--name Alder --sender-address a@alder.example --country DE --time-zone Europe/Berlin --currency EUR".split()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "portfolio.json"
    path.write_text(json.dumps(example_file(CORE_IMPORTERS)))
    return path


def rows(url: URL, model: Any) -> list[Any]:
    database = Database(url, SystemClock())
    try:
        with database.session(Scope.system_wide("test"), write=False) as db:
            return list(db.scalars(select(model)))
    finally:
        database.dispose()


def test_load_tells_what_it_did_and_proves_it(run, file, database_url):
    code, out, err = run("load", file, "--dry-run")
    assert (code, err) == (0, "")
    assert "7 created, 0 updated, 0 unchanged; dry run, nothing was kept." in out
    assert rows(database_url, Tenant) == []
    code, out, err = run("load", file)
    assert code == 0
    assert "7 created" in out
    assert re.search(r"access_rules +records +1 +1 +ok", out)
    assert "0 created, 0 updated, 7 unchanged." in run("load", file)[1]


def test_load_of_a_broken_file_names_every_path_and_writes_nothing(run, file, database_url):
    content = json.loads(file.read_text())
    content["customers"][0]["name"] = 1
    content["custommers"] = []
    content["users"][0]["email"] = "x"
    file.write_text(json.dumps(content))
    code, out, err = run("load", file)
    assert (code, out) == (1, "")
    assert "3 problems, so nothing was loaded:" in err
    assert '- custommers: unknown section, did you mean "customers"?' in err
    assert "- customers[0].name: expected text" in err
    assert "- users[0].email: expected an e-mail address" in err
    assert rows(database_url, Tenant) == []
    file.write_text("{")
    code, _out, err = run("load", file)
    assert code == 1
    assert "line 1, column 2: this is not JSON" in err


def test_load_for_an_unknown_tenant(run, file):
    run("load", file)
    code, _out, err = run("load", file, "--tenant", "riskitto")
    assert code == 1
    assert '--tenant: no tenant "riskitto" in the database, did you mean "riskito"?' in err


def test_tenants_are_added_shown_and_changed(run, tmp_path, database_url):
    assert "no tenant yet" in run("tenant", "list")[1]
    code, out, err = run("tenant", "add", "portal.alder.example", *BASICS, "--language", "en")
    assert (code, err) == (0, "")
    assert "Alder answers under portal.alder.example now." in out
    assert "https://portal.alder.example" in run("tenant", "list")[1]
    (tmp_path / "logo.png").write_bytes(PNG)
    changes = ("--accent", "#102030", "--logo", tmp_path / "logo.png", "--city", "Kiel", "--language", "de")
    code, out, err = run("tenant", "set", "portal.alder.example", *changes)
    assert (code, err) == (0, "")
    assert "changed accent, address, languages, logo" in out
    (tenant,) = rows(database_url, Tenant)
    assert (tenant.accent, tenant.city, tenant.country, tenant.languages) == ("#102030", "Kiel", "DE", ["de"])
    assert tenant.logo_media_type == "image/png"
    assert tenant.config_version == 2
    assert "Kiel DE" in run("tenant", "show")[1]


def test_bad_values_of_a_tenant_come_together(run):
    run("tenant", "add", "portal.alder.example", *BASICS, "--language", "en")
    words = (
        "--accent",
        "#ffff00",
        "--time-zone",
        "Mars",
        "--base-url",
        "https://other.example",
        "--logo",
        "absent.png",
    )
    code, _out, err = run("tenant", "set", "portal.alder.example", *words)
    assert code == 1
    assert "--accent: #ffff00 has a contrast of 1.1:1" in err
    assert '--time-zone: expected an IANA time zone such as Europe/Berlin, not "Mars"' in err
    assert "--base-url: its host other.example is not among" in err
    assert "--logo: can't read absent.png" in err
    assert "so nothing was changed:" in err
    code, _out, err = run("tenant", "add", "second.example", *BASICS, "--language", "fr", "--iban", "DE00")
    assert code == 1
    assert '--language: expected one of en, de, not "fr"' in err
    assert "--iban: expected an IBAN" in err
    code, _out, err = run("tenant", "add", "second.example", "--name", "Second")
    assert code == 2
    assert "required: --sender-address, --time-zone, --currency, --country, --language" in err
    assert "no tenant answers under 'nobody.example'" in run("tenant", "show", "nobody.example")[2]


def test_adding_a_tenant_never_touches_the_one_that_answers_there(run, database_url):
    run("tenant", "add", "portal.alder.example", *BASICS, "--language", "en", "--accent", "#102030")
    for hosts in (("Portal.Alder.example",), ("new.example", "--host", "portal.alder.example")):
        code, _out, err = run("tenant", "add", *hosts, *BASICS, "--language", "de")
        assert code == 1
        assert "Alder answers under" in err
        assert "riskportal tenant set" in err
    (tenant,) = rows(database_url, Tenant)
    assert (tenant.accent, tenant.languages) == ("#102030", ["en"])


def test_staff_are_added_with_an_audit_entry(run, database_url):
    assert "there is no tenant yet" in run("staff", "list")[2]
    run("tenant", "add", "portal.alder.example", *BASICS, "--language", "en")
    code, out, _err = run("staff", "add", "Ada@Alder.example", "--role", "owner", "--name", "Ada")
    assert (code, out.splitlines()[0]) == (0, "ada@alder.example works here as owner now.")
    assert "already" in run("staff", "add", "ada@alder.example", "--role", "owner")[1]
    code, _out, err = run("staff", "add", "ada@alder.example", "--role", "support")
    assert (code, "is the last owner who can sign in" in err) == (1, True)
    assert run("staff", "add", "grace@alder.example", "--role", "owner")[0] == 0
    assert run("staff", "add", "ada@alder.example", "--role", "support")[0] == 0
    assert "ada@alder.example" in run("staff", "list")[1]
    added = [entry.data["role"] for entry in rows(database_url, AuditEntry) if entry.code == "core.staff_added"]
    assert added == ["owner", "owner", "support"]
    for word in ("no mail", "ada@alder"):
        code, _out, err = run("staff", "add", word, "--role", "owner")
        assert (code, f"{word!r} is not one full e-mail address" in err) == (1, True)
    assert run("staff", "add", "a@b.example", "--role", "king")[0] == 2


def test_h7_set_up_links_are_printed_once_and_noted(run, database_url):
    run("tenant", "add", "portal.alder.example", *BASICS, "--language", "en")
    link = re.compile(r"https://portal\.alder\.example/staff/set-up/[\w-]{43}\n")
    assert "doesn't work here" in run("staff", "link", "ada@alder.example")[2]
    first = link.search(run("staff", "add", "ada@alder.example", "--role", "owner")[1])
    assert link.search(run("staff", "add", "ada@alder.example", "--role", "owner")[1]) is None
    code, out, _err = run("staff", "link", "Ada@Alder.example")
    assert code == 0
    assert "It works once, for 24 hours" in out
    second = link.search(out)
    assert first[0] != second[0]
    entries = [(entry.code, entry.actor_name) for entry in rows(database_url, AuditEntry)]
    assert entries == [
        ("core.staff_added", "riskportal staff add"),
        ("core.staff_link_made", "riskportal staff add"),
        ("core.staff_link_made", "riskportal staff link"),
    ]
    kept = [(row.purpose, row.used_at) for row in rows(database_url, OneTimeLink)]
    assert kept == [("staff_setup", None)] * 2


def test_nobody_whose_login_is_off_is_added_or_gets_a_link(run, database_url):
    """The link would open nothing, and what they sign in with would be gone."""
    run("tenant", "add", "portal.alder.example", *BASICS, "--language", "en")
    run("staff", "add", "ada@alder.example", "--role", "owner")
    run("staff", "add", "sam@alder.example", "--role", "support")
    (tenant,) = rows(database_url, Tenant)
    database = Database(database_url, SystemClock())
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        db.add(User(email="eve@alder.example", disabled_at=database.clock.now()))
        db.scalars(select(User).where(User.email == "sam@alder.example")).one().disabled_at = database.clock.now()
    database.dispose()
    made = len(rows(database_url, OneTimeLink))
    for words in (
        ("add", "eve@alder.example", "--role", "support"),
        ("add", "sam@alder.example", "--role", "billing"),
        ("link", "sam@alder.example"),
    ):
        code, out, err = run("staff", *words)
        assert (code, out) == (1, "")
        assert f"the login of {words[1]} is switched off" in err
        assert "switch it on" in err and "under Users" in err
    assert len(rows(database_url, OneTimeLink)) == made
    assert "eve@" not in run("staff", "list")[1]


def test_modules_are_listed_and_switched(run, database_url):
    run("tenant", "add", "portal.alder.example", *BASICS, "--language", "en")
    out = run("modules", "list")[1]
    assert "billing 0.1.0" in out
    assert "hooks: " in out
    assert run("modules", "off", "billing")[1] == "billing is off for Alder now.\n"
    assert "off for: Alder" in run("modules", "list")[1]
    assert "billing (off)" in run("tenant", "show")[1]
    assert run("modules", "on", "billing")[0] == 0
    assert run("tenant", "set", "portal.alder.example", "--phone", "+49 40 1")[0] == 0
    entries = [(entry.code, entry.data) for entry in rows(database_url, AuditEntry)]
    assert entries == [
        ("core.module_off", {"module": "billing"}),
        ("core.module_on", {"module": "billing"}),
        ("core.tenant_changed", {"fields": ["phone"]}),
    ]
    code, _out, err = run("modules", "off", "biling")
    assert code == 1
    assert "Did you mean 'billing'? List them: riskportal modules list" in err


def test_migrate(run, write_ini, tmp_path):
    ini = write_ini(f"sqlite:///{tmp_path}/new.sqlite")
    code, _out, err = run("tenant", "list", config=ini)
    assert code == 1
    assert f"the database is not up to date. Run: riskportal -c {ini} migrate" in err
    assert "is up to date now" in run("migrate", config=ini)[1]
    assert run("migrate", config=ini)[1] == "The database is up to date.\n"
    assert run("tenant", "list", config=ini)[0] == 0


def test_schema(run):
    schema = json.loads(run("schema")[1])
    assert schema["properties"]["invoices"]["items"]["properties"]["lines"]["type"] == "array"
    assert run("schema", "--markdown")[1].startswith("# The portfolio file")


def test_doctor_is_content(run):
    run("tenant", "add", "portal.alder.example", *BASICS, "--language", "en")
    code, out, _err = run("doctor")
    assert code == 0
    assert "All is well." in out
    assert "FAIL" not in out


def test_doctor_knows_that_a_proxy_must_be_believed(run, write_ini, database_url):
    run("tenant", "add", "portal.alder.example", *BASICS, "--language", "en")
    secret = f"riskportal.secret = {'a-long-secret-of-a-test' * 2}"

    def doctor(*lines: str) -> str:
        ini = write_ini(database_url, "\n".join((secret, *lines)))
        ini.write_text(ini.read_text().replace("environment = development", "environment = production"))
        return run("doctor", config=ini)[1]

    assert "warn  proxy" in doctor()
    assert "warn  proxy" not in doctor("riskportal.trusted_proxies = 127.0.0.1")


def test_doctor_says_what_to_do(run, write_ini, tmp_path, database_url):
    ini = write_ini(database_url, "riskportal.clock = 2027-04-20T09:00:00+00:00")
    code, out, _err = run("doctor", config=ini)
    assert code == 0
    assert "warn  clock" in out
    assert "-> riskportal tenant add HOST" in out
    ini = write_ini(f"sqlite:///{tmp_path}/other.sqlite")
    code, out, _err = run("doctor", config=ini)
    assert code == 1
    assert f"-> riskportal -c {ini} migrate" in out
    ini = write_ini("postgresql://nobody@127.0.0.1:1/none")
    code, out, _err = run("doctor", config=ini)
    assert code == 1
    assert "FAIL  database" in out
    ini = write_ini(database_url, "riskportal.colour = red")
    code, out, _err = run("doctor", config=ini)
    assert code == 1
    assert "riskportal.colour: unknown setting" in out


def test_dead_letters_are_listed_and_tried_again(run, database_url):
    run("tenant", "add", "portal.alder.example", *BASICS, "--language", "en")
    assert run("jobs", "list")[1] == "No job gave up.\n"
    (tenant,) = rows(database_url, Tenant)
    database = Database(database_url, SystemClock())
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        enqueue(db, "core.no_such_job")
    Worker(database, {}, contexts(database, {}, {})).run_due()
    number = str(rows(database_url, JobRow)[0].id)
    out = run("jobs", "list")[1]
    assert out.startswith(number)
    assert "Alder: core.no_such_job" in out
    assert "no module that is loaded declares the job" in out
    assert "riskportal jobs list" in run("doctor")[1]
    code, _out, err = run("jobs", "retry", number, "999999")
    assert (code, "nothing was changed" in err, rows(database_url, JobRow)[0].state) == (1, True, "dead")
    assert run("jobs", "retry", number)[0] == 0
    assert rows(database_url, JobRow)[0].state == "queued"
    assert run("jobs", "list")[1] == "No job gave up.\n"
    database.dispose()


def test_a_module_cant_take_a_command_of_the_core(run, write_ini, database_url, tmp_path, monkeypatch):
    package = tmp_path / "greedy"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "plugin.py").write_text(
        "from riskportal.plug import Module, hookimpl\n"
        'MODULE = Module("greedy", title="Greedy", version="1")\n'
        "@hookimpl\ndef commands(subparsers):\n    subparsers.add_parser('doctor')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    ini = write_ini(database_url)
    ini.write_text(ini.read_text().replace("plugins = services billing", "plugins = greedy"))
    code, _out, err = run("greet", config=ini)
    assert (code, "module 'greedy' can't add its commands: conflicting subparser: doctor" in err) == (1, True)
