"""Layouts and components, rendered alone: names are there, everything is reachable, nothing is inline."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace as Thing

import pytest
from jinja2 import Environment, FunctionLoader, StrictUndefined

from riskportal.icons import icon
from riskportal.web import fragments
from riskportal.web.pieces import show

CORE = Path(__file__).parents[3] / "src" / "riskportal"
LONG = "Donaudampfschifffahrtsgesellschaft & <Söhne>"


def load(name: str) -> str | None:
    if name == "card":
        return "<p>{{ card.title }} {{ amount }}</p>"
    path = CORE / name.removeprefix("riskportal:")
    return path.read_text(encoding="utf-8") if path.exists() else None


def gettext(msgid: str, **values: object) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: str(values.get(m[1], m[0])), msgid)


@pytest.fixture(scope="module")
def environment() -> Environment:
    env = Environment(loader=FunctionLoader(load), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    env.globals.update(fragments=fragments, request=Thing(translator=Thing(translate=str)))
    env.globals.update(
        icon=icon, _=gettext, ngettext=lambda one, many, n: one, show=show, get_csrf_token=lambda: "token"
    )
    env.globals["fmt"] = Thing(money=lambda minor, currency: f"{currency} {minor}", number=str)
    return env


def entry(name: str, current: bool = False, badge: int | None = None) -> Thing:
    return Thing(label=name, url=f"/{name}", icon=name, current=current, badge=badge)


def request_with(locale: str = "en", **changes: object) -> Thing:
    names = ("home", "services", "globe", "billing", "requests", "history")
    entries = [entry(name, name == "home", 2 if name == "billing" else None) for name in names]
    layout = {
        "brand_name": LONG,
        "brand_logo_url": None,
        "brand_initial": "D",
        "home_url": "/",
        "nav": [Thing(label=None, entries=entries), Thing(label="Help", entries=[entry("book")])],
        "tabs": entries[:4],
        "console": False,
        "account": Thing(
            name="Northwind",
            company="Northwind <ApS>",
            lines=["Kanalgade 4"],
            email="office@northwind.example",
            figures=[Thing(label="Open invoices", value=2, url="/billing?state=open")],
        ),
        "person": Thing(name="mara@northwind.example", role=None, url="/account", is_role=False),
        "groups": [
            Thing(name=name, customer="Northwind", url=f"/g/{name}", current=name == "a") for name in ("a", "b")
        ],
        "search_url": "/search",
        "search_label": "Search",
        "languages": [
            Thing(code="en", label="English", current=True),
            Thing(code="de", label="Deutsch", current=False),
        ],
        "language_url": "/language",
        "return_to": "/g/a/?x=1",
        "sign_out_url": "/sign-out",
        "flashes": [("good", "Saved")],
        "css": ["/static/tokens.css"],
        "js": ["/static/main.js"],
        "brand_css_url": "/brand.css",
        "favicon_url": None,
        "footer_links": [Thing(label="Imprint", url="/imprint")],
        "preview": None,
    }
    reading = Thing(info={"read_only": True}, rollback=lambda: None)
    shown = Thing(**{**layout, **changes})
    return Thing(
        layout=shown,
        locale_name=locale,
        path_qs="/g/a/?x=1",
        db=reading,
        request_id="a1",
        translator=Thing(translate=str),
    )


def home(environment: Environment, request: Thing, **changes: object) -> str:
    card = Thing(id="open", title="Open", template="card", context={"amount": 1280})
    values = {
        "picture": {"lead": [card], "facts": [], "cover": []},
        "attention": [
            Thing(title=LONG, why="", due_text="", tone="bad", action_label="Pay", action_url="/pay", icon="billing")
        ],
        "zones": {"active": [], "motion": [], "site": []},
        "failed": ["Site"],
    }
    template = environment.get_template("riskportal:templates/home.jinja2")
    return template.render(request=request, **{**values, **changes})


def test_a_page_names_itself_and_its_language(environment: Environment) -> None:
    html = home(environment, request_with("de"))
    assert '<html lang="de" dir="ltr">' in html
    assert "<title>Home · Donaudampfschifffahrtsgesellschaft &amp; &lt;Söhne&gt;</title>" in html
    assert 'dir="rtl"' in home(environment, request_with("ar"))
    assert html.count("<h1") == 1


def test_everything_is_reachable_without_script(environment: Environment) -> None:
    html = home(environment, request_with())
    for name in ("home", "services", "globe", "billing", "requests", "history", "book"):
        assert f'href="/{name}"' in html
    sheet = html[html.index('id="menu"') : html.index('<div class="page">')]
    assert 'action="/sign-out"' in sheet and 'action="/language"' in sheet and 'href="/account"' in sheet
    assert 'popovertarget="menu"' in html and 'href="#content"' in html and 'href="/search"' in html
    assert 'href="/g/b"' in html


def test_the_account_line_says_whose_account_this_is(environment: Environment) -> None:
    html = home(environment, request_with())
    sheet = html[html.index('id="menu"') : html.index('<div class="page">')]
    for text in ("Northwind &lt;ApS&gt;", "Kanalgade 4", "office@northwind.example", "mara@northwind.example"):
        assert text in sheet
    assert '<dt><a href="/billing?state=open">Open invoices</a></dt><dd>2</dd>' in sheet
    assert "Console" not in html


def test_the_console_names_itself(environment: Environment) -> None:
    person = Thing(name="Sam Staff", role="Support", url="/staff/account/security", is_role=False)
    html = home(environment, request_with(console=True, account=None, groups=[], person=person))
    assert '<body class="portal console">' in html
    assert html.count('<span class="console-mark">Console</span>') == 2
    assert "Sam Staff" in html and "Support" in html


def test_cards_see_their_own_names(environment: Environment) -> None:
    assert "<p>Open 1280</p>" in home(environment, request_with())


def test_one_primary_action_on_home(environment: Environment) -> None:
    assert "primary" not in home(environment, request_with())
    alone = home(environment, request_with(), picture={"lead": [], "facts": [], "cover": []})
    assert alone.count(" primary") == 1


def test_nothing_waits_is_said(environment: Environment) -> None:
    assert "Nothing waits for you" in home(environment, request_with(), attention=[])


def test_the_error_page_needs_no_token(environment: Environment) -> None:
    request = request_with(nav=[], tabs=[], groups=[], account=None, person=None, sign_out_url=None, flashes=[])
    template = environment.get_template("riskportal:templates/layouts/error.jinja2")
    html = template.render(request=request, title="Gone", text="It is.", request_id="a1", home_url="/")
    assert "csrf_token" not in html and "Please quote" not in html and "a1" in html


def test_components_escape_what_they_are_given(environment: Environment) -> None:
    source = """{% import "riskportal:templates/ui.jinja2" as ui with context %}
    {{ ui.pill("odd", x) }}{{ ui.empty("none", x, x, "/a", x) }}{{ ui.button(x, name="n", value=x, icon="plus") }}
    {{ ui.facts([{"label": x, "value": x, "more": x, "href": x}]) }}{{ ui.pager("/n", None, x) }}
    {{ ui.filters([{"label": x, "href": "/a", "current": true, "count": 0}]) }}
    {{ ui.search_field("/s", x, x, {"k": x}) }}{{ ui.notice("bad", x, x) }}{{ ui.failed_panel(x) }}
    {{ ui.money(100, "EUR") }}{{ ui.record_link(none) }}{{ ui.data_table(x, [x, x], [[x, x]]) }}
    {{ ui.cover(x, [x], x) }}{{ ui.copyable(x, x) }}{{ ui.csrf(none) }}{{ ui.loading(x) }}{{ ui.progress(x, 1, 2) }}
    {% call ui.card(x, id="c", href="/a", sub=x) %}{{ x }}{% endcall %}"""
    html = environment.from_string(source).render(x='"><script>')
    assert "<script" not in html
    assert '<span class="money">EUR 100</span>' in html and 'value="token"' in html


@pytest.mark.parametrize("path", sorted((CORE / "templates").rglob("*.jinja2")), ids=lambda path: path.name)
def test_no_template_carries_code_or_style(path: Path) -> None:
    if "email" in path.parts:
        return  # mail programs read nothing but inline styles
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:|\|\s*safe\b", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
