"""Settings: overview, host names and the public address, module switches, what modules let a provider set."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.identity.models import Passkey, Password, Totp
from riskportal.tenancy.models import Tenant, TenantHost, TenantModule, TenantSetting

MODULES = {
    "acme": """
        import colander
        from riskportal.plug import Module, NavEntry, Permission, Setting, hookimpl
        MODULE = Module("acme", title="Acme", version="1.0")

        @hookimpl
        def settings_schema():
            node = colander.SchemaNode
            yield Setting("acme.days", node(colander.Integer(), validator=colander.Range(1, 90)), 14,
                          "Days to pay", "Counted from the day of issue.")
            yield Setting("acme.motto", node(colander.String(), missing="", validator=colander.Length(max=500)), "",
                          "Motto")
            yield Setting("acme.strict", node(colander.Boolean()), False, "Be strict")
            yield Setting("acme.tone", node(colander.String(), validator=colander.OneOf(["warm", "cool"])), "warm",
                          "Tone")
    """,
    "acme_more": """
        from riskportal.plug import Module
        MODULE = Module("acme_more", title="More Acme", version="1.0", requires=("acme",))
    """,
}


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two made-up modules, one of which needs the other."""
    for name, source in MODULES.items():
        folder = tmp_path / "made" / f"made_{name}"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text('"""Made up."""\n')
        (folder / "plugin.py").write_text(dedent(source))
    monkeypatch.syspath_prepend(str(tmp_path / "made"))
    return [f"made_{name}" for name in MODULES]


@pytest.fixture
def boss(make: Any, tenant: Any) -> Any:
    return make.staff(tenant, "boss@alder.test", name="Bea Boss")


@pytest.fixture
def office(browser: Any, signed_in: Any, boss: Any, make_app: Any, modules: list[str]) -> Any:
    return lambda user=boss: signed_in(browser(app=make_app(modules)), user, kind="staff")


@pytest.fixture
def rows(database: Any, tenant: Any) -> Any:
    def read(model: Any) -> list[Any]:
        with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
            return list(db.scalars(select(model).order_by(model.id)))

    return read


def audited(rows: Any) -> list[tuple[str, Any]]:
    return [(entry.code, entry.data) for entry in rows(AuditEntry)]


def test_overview(office: Any, make: Any, tenant: Any, sql_count: Any) -> None:
    browser = office()
    browser.get("/staff/settings")
    with sql_count() as sql:
        page = browser.get("/staff/settings")
    assert len(sql) <= 6, sql
    for word in ("Alder Hosting GmbH", "portal.test", "Acme", "Days to pay", "warm", "Change"):
        assert word in page
    reader = office(make.staff(tenant, "r@alder.test", "read_only"))
    page = reader.get("/staff/settings")
    assert "Days to pay" in page and "Change" not in page


# -- host names


def test_names_come_and_go(office: Any, rows: Any) -> None:
    browser = office()
    form = browser.get("/staff/settings/hosts").forms["host"]
    form["host"] = "Kunden.Münster.example"
    page = form.submit("save").follow()
    assert "kunden.xn--mnster-3ya.example" in page and "kunden.münster.example" in page
    assert [row.host for row in rows(TenantHost)] == ["portal.test", "kunden.xn--mnster-3ya.example"]
    remove = next(form for form in page.forms.values() if form.action.endswith("/remove"))
    assert remove["host"].value == "kunden.xn--mnster-3ya.example"
    remove.submit().follow()
    assert [code for code, _data in audited(rows)] == ["core.host_added", "core.host_removed"]


def test_a_name_of_another_provider(office: Any, rows: Any, other_tenant: Any) -> None:
    """The answer to a name that is taken tells nothing about who has it."""
    browser = office()
    form = browser.get("/staff/settings/hosts").forms["host"]
    form["host"] = "other.test"
    page = form.submit("save", status=400)
    assert page.html.select_one("#host-host-problem").get_text(strip=True) == "This name can't be used here."
    assert other_tenant.name not in page
    token = page.forms["host"]["csrf_token"].value
    page = browser.post("/staff/settings/hosts/remove", {"csrf_token": token, "host": "other.test"}).follow()
    assert "not among your host names" in page
    assert audited(rows) == []


BAD_HOSTS = [
    "", "a b", "https://portal.example", "portal.example:80", "portal.test", "x" * 300, "*.example",
    "portal.example\r\nX: y", "<script>", "portal..example", "\u202eexample.com",
]  # fmt: skip


@pytest.mark.parametrize("host", BAD_HOSTS)
def test_what_is_no_name(office: Any, rows: Any, host: str) -> None:
    browser = office()
    token = browser.get("/staff/settings/hosts").forms["host"]["csrf_token"].value
    page = browser.post("/staff/settings/hosts", {"csrf_token": token, "host": host}, status=400)
    assert page.html.select_one("#host-host-problem") is not None
    assert len(rows(TenantHost)) == 1


def test_look_alikes_are_shown_as_what_they_are(office: Any) -> None:
    form = office().get("/staff/settings/hosts").forms["host"]
    form["host"] = "pоrtal.test"  # with a Cyrillic o
    page = form.submit("save").follow()
    assert "xn--prtal-jye.test" in page


def test_names_that_stay(office: Any, rows: Any) -> None:
    browser = office()
    page = browser.get("/staff/settings/hosts")
    assert not [form for form in page.forms.values() if form.action.endswith("/remove")]
    token = page.forms["host"]["csrf_token"].value
    remove = {"csrf_token": token, "host": "portal.test"}
    assert "This is the only name" in browser.post("/staff/settings/hosts/remove", remove).follow()
    browser.post("/staff/settings/hosts", {"csrf_token": token, "host": "second.test"}).follow()
    assert "Links in mails lead to this name" in browser.post("/staff/settings/hosts/remove", remove).follow()
    assert len(rows(TenantHost)) == 2


def test_the_public_address(office: Any, rows: Any, make: Any, tenant: Any, boss: Any) -> None:
    make.save(TenantHost(tenant_id=tenant.id, host="neu.test"))
    browser = office()
    form = browser.get("/staff/settings/address").forms["address"]
    form["base_url"] = "https://neu.test/"
    page = form.submit("save", status=400)
    assert "passkeys don" in page and page.forms["address"]["base_url"].value == "https://neu.test/"
    form = page.forms["address"]
    form["sure"] = True
    form.submit("save").follow()
    assert rows(Tenant)[0].base_url == "https://neu.test"
    assert audited(rows) == [("core.address_changed", {"old": "http://portal.test", "new": "https://neu.test"})]


@pytest.mark.parametrize(
    "address",
    ["https://evil.test", "javascript:alert(1)", "https://portal.test/path", "", "//portal.test", "x" * 400],
)
def test_what_is_no_public_address(office: Any, rows: Any, other_tenant: Any, address: str) -> None:
    form = office().get("/staff/settings/address").forms["address"]
    form["base_url"], form["sure"] = address, True
    page = form.submit("save", status=400)
    assert page.html.select_one("#address-base_url-problem") is not None
    assert rows(Tenant)[0].base_url == "http://portal.test"


def test_the_scheme_alone_moves_nobody(office: Any, rows: Any) -> None:
    form = office().get("/staff/settings/address").forms["address"]
    form["base_url"] = "https://portal.test"
    form.submit("save").follow()
    assert rows(Tenant)[0].base_url == "https://portal.test"


def test_no_owner_locks_all_owners_out(office: Any, rows: Any, make: Any, tenant: Any, boss: Any, clock: Any) -> None:
    """Passkeys stay behind with their host name: without another way in, the address doesn't move (H7)."""
    now, owned = clock.now(), {"tenant_id": tenant.id, "user_id": boss.id}
    make.save(TenantHost(tenant_id=tenant.id, host="neu.test"))
    make.save(
        Passkey(
            **owned, name="Key", credential_id="c", public_key="k", sign_count=0, transports=[], backed_up=False,
            created_at=now,
        )
    )  # fmt: skip
    browser = office()
    page = browser.get("/staff/settings/address")
    assert "1 passkey works only under the host name under which it was made" in page and "boss@alder.test" in page
    form = page.forms["address"]
    form["base_url"], form["sure"] = "https://neu.test", True
    assert "No owner could sign in any more" in form.submit("save", status=400)
    assert rows(Tenant)[0].base_url == "http://portal.test"
    make.save(Password(**owned, hash="x", changed_at=now))
    make.save(Totp(**owned, secret_sealed="x", created_at=now))
    form.submit("save").follow()
    assert rows(Tenant)[0].base_url == "https://neu.test"


# -- modules


def test_modules_switch_with_those_that_need_them(office: Any, rows: Any) -> None:
    browser = office()
    page = browser.get("/staff/settings/modules")
    assert "Acme" in page and "More Acme" in page
    page = browser.get("/staff/settings/modules/acme")
    assert "More Acme can&#39;t work without Acme" in page.text
    assert not page.html.select("button[name=switch]")
    token = page.html.select_one("input[name=csrf_token]")["value"]

    def turn(name: str, way: str) -> Any:
        return browser.post(f"/staff/settings/modules/{name}", {"csrf_token": token, "switch": way}).follow()

    assert "Switch that off first." in turn("acme", "off")
    page = browser.get("/staff/settings/modules/acme_more")
    assert "Nothing is deleted." in page
    page.html.select_one("button[name=switch]")
    assert "More Acme is off." in turn("acme_more", "off")
    assert "Acme is off." in turn("acme", "off")
    assert "Switch that on first." in turn("acme_more", "on")
    assert {row.module: row.enabled for row in rows(TenantModule)} == {"acme": False, "acme_more": False}
    turn("acme", "on")
    turn("acme", "on")
    assert audited(rows) == [
        ("core.module_off", {"module": "acme_more"}),
        ("core.module_off", {"module": "acme"}),
        ("core.module_on", {"module": "acme"}),
    ]
    assert "The module More Acme was switched off" in browser.get("/staff/audit")
    browser.post("/staff/settings/modules/acme", {"csrf_token": token, "switch": "sideways"}, status=404)
    for name in ("core", "nothing", "../x"):
        browser.get(f"/staff/settings/modules/{name}", status=404)


# -- settings


def test_settings_are_a_form_of_their_nodes(office: Any, rows: Any) -> None:
    browser = office()
    page = browser.get("/staff/settings/of/acme")
    assert "Counted from the day of issue. Default: 14" in page
    assert "All settings have their defaults" in page
    form = page.forms["settings"]
    assert form["acme_days"].value == "14"
    assert [value for value, *_rest in form["acme_tone"].options] == ["warm", "cool"]
    form["acme_days"], form["acme_strict"], form["acme_tone"] = "30", True, "cool"
    page = form.submit("save").follow()
    assert {row.key: row.value for row in rows(TenantSetting)} == {
        "acme.days": "30", "acme.strict": "true", "acme.tone": "cool",
    }  # fmt: skip
    assert "Be strict is yes" not in page
    log = browser.get("/staff/audit")
    assert "Days to pay is 30 now; it was 14 before" in log
    reset = next(form for form in page.forms.values() if form.action.endswith("/reset") and "acme.days" in form.text)
    page = reset.submit("key", value="acme.days").follow()
    assert page.forms["settings"]["acme_days"].value == "14"
    assert "acme.days" not in {row.key for row in rows(TenantSetting)}
    assert audited(rows)[-1] == ("core.setting_reset", {"setting": "acme.days", "new": "14"})


HOSTILE = [
    "'; DROP TABLE tenants; --", '{"a": 1}\n[app:main]', "${7*7} {{7*7}} %(a)s", "<script>alert(1)</script>",
    "line\nline", "\u202eabc", "=cmd|' /C calc'!A0",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_value_is_only_a_value(office: Any, rows: Any, text: str) -> None:
    """H6: settings are rows, never code or a file."""
    browser = office()
    form = browser.get("/staff/settings/of/acme").forms["settings"]
    form["acme_motto"] = text
    page = form.submit("save").follow()
    assert "<script>alert" not in page.text and "<script>alert" not in browser.get("/staff/audit").text
    (row,) = rows(TenantSetting)
    assert row.value.replace("\r\n", "\n") == text
    assert browser.get("/staff/settings").status_int == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("acme_days", "0"), ("acme_days", "91"), ("acme_days", "x"), ("acme_days", ""), ("acme_tone", "loud"),
        ("acme_motto", "x" * 501), ("acme_other", "1"),
    ],
)  # fmt: skip
def test_values_that_don_t_fit(office: Any, rows: Any, field: str, value: str) -> None:
    browser = office()
    form = browser.get("/staff/settings/of/acme").forms["settings"]
    sent = [(name, text) for name, text in form.submit_fields("save") if name != field]
    page = browser.post("/staff/settings/of/acme", [*sent, (field, value)], status=400)
    assert page.html.select_one(".summary") is not None
    assert rows(TenantSetting) == [] and audited(rows) == []


def test_an_older_form(office: Any, rows: Any) -> None:
    browser = office()
    old, new = (browser.get("/staff/settings/of/acme").forms["settings"] for _turn in range(2))
    new["acme_days"] = "20"
    new.submit("save").follow()
    old["acme_motto"] = "hello"
    page = old.submit("save", status=400)
    assert "Somebody else has changed the settings" in page
    assert page.forms["settings"]["acme_motto"].value == "hello"


def test_settings_of_nobody(office: Any) -> None:
    browser = office()
    token = browser.get("/staff/settings/of/acme").forms["settings"]["csrf_token"].value
    for name in ("nothing", "acme_more"):
        browser.get(f"/staff/settings/of/{name}", status=404)
    for key in ("", "acme.nothing", "other.days"):
        browser.post("/staff/settings/of/acme/reset", {"csrf_token": token, "key": key}, status=404)


WRITES = [
    "/staff/settings/hosts",
    "/staff/settings/hosts/remove",
    "/staff/settings/address",
    "/staff/settings/modules/acme",
    "/staff/settings/of/acme",
    "/staff/settings/of/acme/reset",
]


@pytest.mark.parametrize("role", ["billing", "support", "read_only"])
def test_others_change_nothing(office: Any, make: Any, tenant: Any, role: str, rows: Any) -> None:
    browser = office(make.staff(tenant, "other@alder.test", role))
    token = browser.get("/staff").html.select_one("input[name=csrf_token]")["value"]
    for path in WRITES:
        browser.post(path, {"csrf_token": token, "switch": "off", "host": "x.test"}, status=403)
    assert browser.get("/staff/settings/modules").html.select("main a.btn") == []
    assert audited(rows) == []


def test_every_form_wants_its_token(office: Any, rows: Any) -> None:
    browser = office()
    for path in WRITES:
        browser.post(path, {"csrf_token": "0" * 64}, status=400)
    assert audited(rows) == []


def test_hosts_want_a_proof(office: Any, clock: Any) -> None:
    browser = office()
    clock.advance(hours=1)
    for path in ("/staff/settings/hosts", "/staff/settings/address"):
        assert "/staff/confirm?next=" in browser.get(path, status=303).location
