"""Name, language, time zone and the choice of mails."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.identity.models import NotificationChoice, User
from riskportal.identity.preferences import choose_categories, unwanted_categories

LETTERS = """
from riskportal.plug import Module, Email, hookimpl

MODULE = Module("letters", title="Letters", version="1")

@hookimpl
def emails():
    for category in ("news", "reports"):
        yield Email(f"letters.{category}", "Letter", "news_mod:x", placeholders=(), category=category)
"""


@pytest.fixture
def letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that sends news and reports."""
    folder = tmp_path / "news_mod"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "plugin.py").write_text(dedent(LETTERS))
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("news_mod", "news_mod.plugin"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "news_mod"


@pytest.fixture
def page(bill_group: Any) -> str:
    return f"/g/{bill_group.public_id}/account/language"


def stored(database: Any, user: Any) -> User:
    with database.session(Scope.tenant(user.tenant_id), write=False) as db:
        return db.get_one(User, user.id)


def entries(database: Any, tenant: Any) -> list[str]:
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        return [entry.code for entry in db.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_choices_are_kept_and_hold_at_once(
    testapp: Any, signed_in: Any, user: Any, page: str, bill_group: Any, database: Any, tenant: Any
) -> None:
    visitor = signed_in(testapp, user)
    form = visitor.get(page).forms["preferences"]
    assert (form["language"].value, form["time_zone"].value) == ("automatic", "automatic")
    form["name"], form["language"], form["time_zone"] = " Ada  L. ", "de", "Asia/Kolkata"
    answer = form.submit("save").follow()
    assert answer.html.html["lang"] == "de" and answer.forms["preferences"]["time_zone"].value == "Asia/Kolkata"
    row = stored(database, user)
    assert (row.name, row.language, row.time_zone) == ("Ada  L.", "de", "Asia/Kolkata")
    # 9:00 UTC is 11:00 in Berlin, the provider's zone, and 14:30 in Kolkata.
    assert "20.04.2027, 14:30" in visitor.get(f"/g/{bill_group.public_id}/account/security").text
    assert entries(database, tenant).count("core.preferences_changed") == 1
    form = answer.forms["preferences"]
    form.submit("save")
    assert entries(database, tenant).count("core.preferences_changed") == 1  # nothing changed, nothing noted
    form["language"], form["time_zone"], form["name"] = "automatic", "automatic", ""
    form.submit("save")
    row = stored(database, user)
    assert (row.name, row.language, row.time_zone) == (None, None, None)


def test_staff_have_the_same_page_without_customers_mails(
    browser: Any, make_app: Any, letters: str, signed_in: Any, make: Any, tenant: Any, database: Any
) -> None:
    colleague = make.staff(tenant, role="read_only")
    visitor = signed_in(browser(app=make_app(modules=[letters])), colleague, kind="staff")
    form = visitor.get("/staff/account/language").forms["preferences"]
    assert "checkbox" not in form.fields
    form["time_zone"] = "America/New_York"
    form.submit("save").follow()
    assert "20 Apr 2027, 05:00" in visitor.get("/staff/account/security").text


def test_mails_are_chosen_among_those_that_are_sent_here(
    browser: Any,
    make_app: Any,
    letters: str,
    signed_in: Any,
    user: Any,
    page: str,
    database: Any,
    make: Any,
    tenant: Any,
) -> None:
    visitor = signed_in(browser(app=make_app(modules=[letters])), user)
    form = visitor.get(page).forms["preferences"]
    boxes = {box._value: box for box in form.fields["checkbox"]}
    assert {"news", "reports"} <= set(boxes) and "security" not in boxes and "billing" not in boxes
    assert all(box.checked for box in boxes.values())
    boxes["news"].checked = False
    form.submit("save").follow()
    with database.session(Scope.tenant(tenant.id)) as db:
        assert unwanted_categories(db, user) == {"news"}
        # A choice about a module that is off meanwhile stays.
        assert not choose_categories(db, user, {"reports": True})
        with pytest.raises(ValueError, match="security"):
            choose_categories(db, user, {"security": False})
    make.switch_off(tenant, "letters")
    form = visitor.get(page).forms["preferences"]
    assert "news" not in {box._value for box in form.fields.get("checkbox", ())}
    form.submit("save").follow()
    with database.session(Scope.tenant(tenant.id), write=False) as db:
        assert unwanted_categories(db, user) == {"news"}
        assert len(list(db.scalars(select(NotificationChoice)))) == 1


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (
            "name",
            ["x" * 201, "a\u202eb", "a\x07b", "\u200b", "Pay at http://evil.example", "Www.evil.example", "a@b.c"],
        ),
        ("language", ["xx", "fr", "", "de_DE", "../de"]),
        ("time_zone", ["Europe/Nowhere", "../../etc/passwd", "", "Etc/Unknown", "posixrules", "europe/berlin"]),
    ],
)
def test_hostile_values_are_refused_and_nothing_typed_is_lost(
    testapp: Any, signed_in: Any, user: Any, page: str, database: Any, field: str, values: list[str]
) -> None:
    visitor = signed_in(testapp, user)
    for value in values:
        form = visitor.get(page).forms["preferences"]
        form["name"] = "Kept"
        form[field].force_value(value)
        answer = form.submit("save", status=400)
        assert answer.html.find(attrs={"data-errors": True}) is not None, value
        assert answer.html.find(id=f"preferences-{field}-problem") is not None, value
        if field != "name":
            assert answer.forms["preferences"]["name"].value == "Kept"
    row = stored(database, user)
    assert (row.name, row.language, row.time_zone) == ("Ada Lovelace", None, None)


def test_strange_mails_are_refused(
    browser: Any, make_app: Any, letters: str, signed_in: Any, user: Any, page: str, database: Any, tenant: Any
) -> None:
    visitor = signed_in(browser(app=make_app(modules=[letters])), user)
    token = visitor.get(page).forms["preferences"]["csrf_token"].value
    for mails in (["security"], ["nonsense"], ["news", "news"]):
        fields = [("csrf_token", token), ("__formid__", "preferences"), ("name", ""), ("language", "automatic")]
        fields += [("time_zone", "automatic"), ("__start__", "mails:sequence")]
        fields += [("checkbox", mail) for mail in mails] + [("__end__", "mails:sequence"), ("save", "save")]
        wanted = 303 if mails[0] == "news" else 400
        visitor.post(page, fields, status=wanted)
    with database.session(Scope.tenant(tenant.id), write=False) as db:
        assert "security" not in unwanted_categories(db, user)


def test_a_zone_that_this_machine_forgot_breaks_no_page(
    testapp: Any, signed_in: Any, user: Any, page: str, bill_group: Any, database: Any, tenant: Any
) -> None:
    for zone in ("Europe/Atlantis", "US/Pacific"):
        with database.session(Scope.tenant(tenant.id)) as db:
            db.execute(update(User).where(User.id == user.id).values(time_zone=zone))
        visitor = signed_in(testapp, user)
        assert visitor.get(f"/g/{bill_group.public_id}/account/security").status_int == 200
        form = visitor.get(page).forms["preferences"]
        # An old name that still works can be kept.
        assert form["time_zone"].value == (zone if zone == "US/Pacific" else "automatic")
        form.submit("save", status=303)


def test_every_role_may_choose_and_nobody_from_outside(
    browser: Any, signed_in: Any, make: Any, tenant: Any, bill_group: Any, other_bill_group: Any, page: str
) -> None:
    for role in ("owner", "billing", "technical", "viewer"):
        person = make.member(bill_group, f"{role}@customer.test", role)
        assert signed_in(browser(), person).get(page).status_int == 200
    stranger = make.member(other_bill_group, "eve@other.test")
    assert signed_in(browser(), stranger).get(page, status=404)
    assert browser().get(page).status_int == 303
    assert signed_in(browser(), stranger).get("/staff/account/language").status_int == 303


def test_a_double_click_makes_one_choice(database: Any, tenant: Any, user: Any) -> None:
    """Both find no choice yet; on PostgreSQL the second was an error."""
    gate = Barrier(4)

    def one(_number: int) -> bool:
        gate.wait()
        with database.session(Scope.tenant(tenant.id)) as db:
            return choose_categories(db, db.get_one(User, user.id), {"news": False, "reports": False})

    for _round in range(3):
        with database.session(Scope.tenant(tenant.id)) as db:
            db.execute(delete(NotificationChoice))
        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(one, range(4))) == [False, False, False, True]
    with database.session(Scope.tenant(tenant.id), write=False) as db:
        assert unwanted_categories(db, user) == {"news", "reports"}
