"""The core's own pages: home, chooser, switcher, search, language, notes, sessions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import webtest

from riskportal.db.guard import Scope
from riskportal.identity.models import UserSession
from riskportal.security.cookies import SESSION

# What the core itself offers an owner.
ACCOUNT = ("Details", "People", "E-mails", "Security", "Preferences")
NAV = """
from riskportal.plug import Module, NavEntry, Permission, Attention, Card, SearchHit, _, hookimpl
from datetime import date

MODULE = Module("acme", title="Acme", version="1")

@hookimpl
def permissions():
    yield Permission("acme.see", "See", "portal", ("owner", "viewer"))
    yield Permission("acme.manage", "Manage", "portal", ("owner",))

@hookimpl
def includeme(config):
    nothing = {"query": "", "hits": [], "failed": []}
    page = {"renderer": "riskportal:templates/search.jinja2"}
    for name in ("first", "second", "manage"):
        permission = "acme.manage" if name == "manage" else "acme.see"
        config.add_portal_route(f"acme.{name}", f"/{name}", permission=permission)
        config.add_view(lambda request: nothing, route_name=f"acme.{name}", **page)

@hookimpl
def nav_entries():
    yield NavEntry("acme.c", "portal", _("Manage"), "acme.manage", "acme.manage", "home", _("Office"), weight=10)
    yield NavEntry("acme.b", "portal", _("Second"), "acme.second", "acme.see", "home", weight=30, badge=lambda r: 7)
    yield NavEntry("acme.a", "portal", _("First"), "acme.first", "acme.see", "home", weight=20, badge=lambda r: None)

@hookimpl
def attention(request):
    for number in range(12):
        tone = "bad" if number == 11 else "wait"
        yield Attention(f"acme.{number}", f"Item {number:02}", "Why", "Do it", "/do", tone=tone, due=date(2027, 5, 1))

@hookimpl
def search(request, query, limit):
    for number in range(30):
        yield SearchHit("acme", f"{query} {number:02}", "Sub", "/hit", score=number / 30)
"""


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module with navigation, attention and search."""
    folder = tmp_path / "acme_home"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "plugin.py").write_text(dedent(NAV))
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("acme_home", "acme_home.plugin"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "acme_home"


@pytest.fixture
def visit(make_app: Any, browser: Any, signed_in: Any, user: Any) -> Callable[..., webtest.TestApp]:
    """`visit(modules=[...], who=user)`: a signed-in browser at a portal with these modules."""

    def open_one(modules: Any = (), who: Any = user) -> webtest.TestApp:
        return signed_in(browser(app=make_app(modules=list(modules))), who)

    return open_one


@pytest.fixture
def home(bill_group: Any) -> str:
    return f"/g/{bill_group.public_id}/"


def links(page: Any) -> list[str]:
    nav = page.html.find("nav", class_="nav")
    return [link.find("span").text for link in nav.find_all("a")]


def test_home_without_modules(visit: Any, home: str, sql_count: Any) -> None:
    testapp = visit()
    testapp.get(home)  # reads the tenant's configuration, which is then remembered
    with sql_count() as sql:
        page = testapp.get(home)
    assert len(sql) <= 4, str(sql)  # tenant, session, grant, switcher
    assert "Nothing waits for you" in page.text
    assert links(page) == ["Home", *ACCOUNT]
    assert page.html.find("a", attrs={"aria-current": "page"})["href"].endswith(home)
    assert "Northwind Atelier" in page.html.find("aside").text
    assert "ada@customer.test" in page.html.find("aside").text


def test_the_security_page(visit: Any, home: str, sql_count: Any) -> None:
    testapp = visit()
    testapp.get(home)
    with sql_count() as sql:
        page = testapp.get(f"{home}account/security")
    assert len(sql) <= 8, str(sql)
    assert "How you sign in as ada@customer.test, and where you are signed in." in page.text


def test_navigation_by_section_weight_and_permission(
    visit: Any, acme: str, home: str, make: Any, bill_group: Any
) -> None:
    page = visit([acme]).get(f"{home}acme/first")
    assert links(page) == ["Home", "First", "Second", "Manage", *ACCOUNT]
    nav = page.html.find("nav", class_="nav")
    assert [title.text for title in nav.find_all("h2")] == ["Office", "Your account"]
    assert {link["href"].rpartition("/")[2] for link in nav.find_all("a", attrs={"aria-current": "page"})} == {
        "first", "second", "manage"
    }  # fmt: skip
    assert [badge.text for badge in nav.find_all("b")] == ["7"]
    assert len(page.html.find("nav", class_="tabs").find_all("a")) == 4
    viewer = make.member(bill_group, "viewer@customer.test", role="viewer")
    assert links(visit([acme], viewer).get(home)) == ["Home", "First", "Second", "Details", "Security", "Preferences"]


def test_a_switched_off_module_leaves_navigation_and_pages(
    visit: Any, acme: str, home: str, make: Any, tenant: Any
) -> None:
    testapp = visit([acme])
    assert "First" in links(testapp.get(home))
    make.switch_off(tenant, "acme")
    page = testapp.get(home)
    assert links(page) == ["Home", *ACCOUNT]
    assert "Item 00" not in page.text
    testapp.get(f"{home}acme/first", status=404)


def test_what_waits_is_in_order_and_limited(visit: Any, acme: str, home: str) -> None:
    page = visit([acme]).get(home)
    items = [item.text for item in page.html.find("ul", class_="needs").find_all("strong")]
    assert items[:3] == ["Item 11", "Item 00", "Item 01"]
    assert len(items) == 8


def test_search(visit: Any, acme: str, home: str) -> None:
    testapp = visit([acme])
    page = testapp.get(f"{home}search", {"q": "  lamp   shade "})
    assert "lamp shade 29" in page.text
    assert page.text.index("lamp shade 29") < page.text.index("lamp shade 28")
    assert page.text.count("lamp shade 1") <= 10
    assert "lamp shade 09" not in page.text  # twenty of thirty
    empty = testapp.get(f"{home}search", {"q": " "})
    assert empty.status_int == 200
    hostile = testapp.get(f"{home}search", {"q": "<script>alert(1)</script>" + "x" * 5000})
    assert "<script>alert" not in hostile.text
    assert visit().get(f"{home}search", {"q": "nothing"}).status_int == 200


def test_one_bill_group_needs_no_choice(visit: Any, home: str) -> None:
    testapp = visit()
    assert testapp.get("/").location == f"http://portal.test{home}"
    assert testapp.get(home).html.find("details", class_="switcher") is None


def test_chooser_and_switcher(visit: Any, home: str, make: Any, customer: Any, other_bill_group: Any) -> None:
    second = make.bill_group(customer, name="Workshop")
    make.rule(second, "ada@customer.test", role="viewer")
    testapp = visit()
    page = testapp.get("/", status=200)
    assert page.html.find("h1").text == "Choose an account"
    choices = [link["href"] for link in page.html.find("ul", class_="choice").find_all("a")]
    assert choices == [home, f"/g/{second.public_id}/"]
    for here in choices:
        switcher = testapp.get(here).html.find("details", class_="switcher")
        assert [link["href"] for link in switcher.find_all("a")] == choices
        assert [link["href"] for link in switcher.find_all("a", attrs={"aria-current": "true"})] == [here]
    assert other_bill_group.name not in page.text


def test_the_switcher_shows_the_current_group_beyond_its_limit(
    visit: Any, make: Any, customer: Any, home: str
) -> None:
    groups = [make.bill_group(customer, name=f"A {number:02}") for number in range(14)]
    for group in groups:
        make.rule(group, "ada@customer.test")
    switcher = visit().get(home).html.find("details", class_="switcher")
    found = switcher.find_all("a")
    assert len(found) == 13
    assert found[0]["href"] == home
    assert found[0]["aria-current"] == "true"


def test_nobody_lets_me_in_any_more(visit: Any, make: Any, tenant: Any) -> None:
    page = visit(who=make.user(tenant, "eve@customer.test")).get("/", status=200)
    assert "No account is open to you" in page.text
    assert "eve@customer.test" in page.text


def language(page: Any, code: str, **kw: Any) -> Any:
    form = next(form for form in page.forms.values() if form.action == "/language")
    return form.submit("language", value=code, **kw)


def test_the_language_is_kept_by_browser_and_user(
    visit: Any, browser: Any, signed_in: Any, user: Any, home: str
) -> None:
    testapp = visit()
    answer = language(testapp.get(f"{home}search?q=a%20b"), "de")
    assert answer.location == f"http://portal.test{home}search?q=a%20b"
    page = answer.follow()
    assert page.html.find("html")["lang"] == "de"
    assert "Abmelden" in page.text
    # Another browser of the same user speaks German too; its own preference comes second.
    other = signed_in(browser(), user)
    assert other.get(home, headers={"Accept-Language": "en"}).html.find("html")["lang"] == "de"
    # The first browser remembers it after sign-out.
    testapp.cookiejar.clear("portal.test", "/", SESSION)
    assert testapp.get("/sign-in").html.find("html")["lang"] == "de"


@pytest.mark.parametrize("wanted", ["fr", "", "xx-XX", "../etc", "de\r\nSet-Cookie: x=y"])
def test_a_language_that_nobody_speaks(testapp: webtest.TestApp, wanted: str) -> None:
    answer = language(testapp.get("/sign-in"), wanted)
    assert "rp_language" not in answer.headers.get("Set-Cookie", "")
    page = answer.follow()
    assert "doesn't speak that language" in page.html.text.replace("’", "'")
    assert page.html.find("html")["lang"] == "en"


@pytest.mark.parametrize("target", ["//evil.test", "https://evil.test/", "/\\evil.test", "javascript:alert(1)"])
def test_the_language_form_leads_nowhere_else(testapp: webtest.TestApp, target: str) -> None:
    token = testapp.get("/sign-in").forms["sign-in"]["csrf_token"].value
    answer = testapp.post("/language", {"csrf_token": token, "language": "de", "return_to": target})
    assert answer.location == "http://portal.test/"


def test_a_tenant_with_one_language_offers_no_choice(make: Any, browser: Any) -> None:
    make.tenant("one.test", languages=["de"])
    page = browser(host="one.test").get("/sign-in", headers={"Accept-Language": "en"})
    assert page.html.find("html")["lang"] == "de"
    assert not [form for form in page.forms.values() if form.action == "/language"]


def test_a_note_is_shown_once_and_its_cookie_is_left_alone(visit: Any, home: str) -> None:
    testapp = visit()
    page = testapp.get(f"{home}account/security")
    token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
    answer = testapp.post(f"{home}account/security/revoke", {"csrf_token": token, "session": "others"})
    first = answer.follow()
    assert "No other session was open." in first.html.find("div", class_="flashes").text
    again = testapp.get(f"{home}account/security")
    assert again.html.find("div", class_="flashes") is None
    assert "Set-Cookie" not in again.headers


@pytest.mark.parametrize("cookie", ["junk", "a.b.c", "", "eyJ4IjoxfQ", "%22%22"])
def test_a_forged_note_says_nothing(testapp: webtest.TestApp, cookie: str) -> None:
    testapp.set_cookie("rp_notes", cookie)
    assert testapp.get("/sign-in").html.find("div", class_="flashes") is None


def test_using_a_session_is_noted_by_pages_and_forms(visit: Any, home: str, clock: Any, database: Any) -> None:
    """A form takes the write lock first; noting the use in another transaction would wait for it in vain."""
    testapp = visit()
    page = testapp.get(home)
    token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
    clock.advance(hours=1)
    testapp.post("/language", {"csrf_token": token, "language": "de", "return_to": home}, status=303)
    clock.advance(hours=1)
    testapp.get(home)
    with database.session(Scope.system_wide("test"), write=False) as db:
        assert [row.seen_at for row in db.query(UserSession)] == [clock.now()]
