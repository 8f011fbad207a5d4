"""Loading modules by their names in the ini file, and what stops the start."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from riskportal.plug import DeclarationError, Module
from riskportal.plug.manager import load_modules, own_modules, package_of

Package = Callable[..., str]


def test_names_in_order_short_and_whole(package: Package) -> None:
    package("riskportal_acme")
    package("zebra")
    loaded = load_modules(["zebra", "acme"])
    assert [item.module.name for item in loaded] == ["zebra", "acme"]
    assert [item.package for item in loaded] == ["zebra", "riskportal_acme"]
    assert [item.folder.name for item in loaded] == ["zebra", "riskportal_acme"]


def test_a_dotted_name_stands_for_itself(package: Package) -> None:
    package("agency", plugin=None)
    inner = Path(import_module("agency").__file__ or "").parent / "portal"
    inner.mkdir()
    (inner / "__init__.py").touch()
    (inner / "plugin.py").write_text(
        "from riskportal.plug import Module\nMODULE = Module('agency', title='Agency', version='1')\n"
    )
    (item,) = load_modules(["agency.portal"])
    assert (item.package, item.module.name) == ("agency.portal", "agency")


def test_a_package_without_init_is_refused(package: Package) -> None:
    """It would import as a namespace, and its migrations and templates would not be found."""
    package("agency")
    (Path(import_module("agency").__file__ or "")).unlink()
    sys.modules.pop("agency")
    importlib.invalidate_caches()
    with pytest.raises(DeclarationError, match=r"agency has no __init__\.py"):
        load_modules(["agency"])


def test_a_short_name_is_ours_whatever_else_is_installed(package: Package) -> None:
    """Nobody's package named `acme` may step into the place of our module `acme`."""
    package("riskportal_acme")
    package("acme")
    assert package_of("acme") == "riskportal_acme"


def test_our_own_modules_are_known() -> None:
    assert "services" in own_modules()
    assert package_of("services") == package_of("riskportal_services") == "riskportal_services"


@pytest.mark.parametrize("name", ["servces", "service", "riskportal_servces"])
def test_an_unknown_name_gets_a_hint(name: str) -> None:
    with pytest.raises(DeclarationError) as error:
        load_modules([name])
    assert f"there is no module {name!r}" in str(error.value)
    assert "Did you mean 'services'?" in str(error.value)


@pytest.mark.parametrize(
    "name", ["qqqq", "json", "math", "..", ".services", "a..b", "services,billing", "x-y", "pathlib.x"]
)
def test_a_name_of_nothing(name: str) -> None:
    with pytest.raises(DeclarationError, match="there is no module"):
        load_modules([name])


def test_two_with_one_name(package: Package) -> None:
    package("riskportal_acme")
    package("other", "MODULE = Module('acme', title='Other', version='1')")
    with pytest.raises(DeclarationError, match=r"two modules named 'acme' .riskportal_acme and other.; remove one"):
        load_modules(["acme", "other"])
    with pytest.raises(DeclarationError, match="two modules named 'acme'"):
        load_modules(["acme", "riskportal_acme"])


def test_a_missing_requirement(package: Package) -> None:
    package("base")
    package("top", "MODULE = Module('top', title='Top', version='1', requires=('base',))")
    assert len(load_modules(["base", "top"]).loaded) == 2
    for names in (["top"], ["top", "base"]):
        with pytest.raises(DeclarationError, match="module 'top' needs 'base'; list it before 'top'"):
            load_modules(names)


@pytest.mark.parametrize("plugin", ["MODULE = None", "MODULE = 'acme'", "del Module; MODULE_ = 1"])
def test_no_module(package: Package, plugin: str) -> None:
    package("acme", plugin)
    with pytest.raises(DeclarationError, match=r"acme\.plugin must define MODULE = Module"):
        load_modules(["acme"])


def test_a_package_without_plugin_is_no_module(package: Package) -> None:
    package("acme", plugin=None)
    with pytest.raises(DeclarationError, match="there is no module 'acme'"):
        load_modules(["acme"])


@pytest.mark.parametrize(
    ("init", "plugin", "error"),
    [
        ("", "import nothing_like_this", "nothing_like_this"),
        ("import nothing_like_this", "", "nothing_like_this"),
        # Its name begins like the package's: still another module's absence, not the package's.
        ("import acm", "", "acm"),
        ("import acme.missing", "", "acme.missing"),
        ("from riskportal import nothing_like_this", "", "nothing_like_this"),
        ("", "from acme.missing import x", "acme.missing"),
        ("1 / 0", "", "division"),
        ("", "1 / 0", "division"),
    ],
)
def test_an_error_inside_a_module_is_not_swallowed(package: Package, init: str, plugin: str, error: str) -> None:
    package("acme", plugin, init)
    with pytest.raises((ImportError, ZeroDivisionError), match=error):
        load_modules(["acme"])


def test_a_misspelt_hook(package: Package) -> None:
    package("acme", "@hookimpl\ndef dashbord_cards(request):\n    return ()")
    with pytest.raises(DeclarationError, match=r"unknown hook.*dashbord_cards.*Hooks are: .*dashboard_cards"):
        load_modules(["acme"])


def test_arguments_that_the_hook_has_not(package: Package) -> None:
    package("acme", "@hookimpl\ndef search(request, text):\n    return ()")
    with pytest.raises(DeclarationError, match=r"(?s)module .acme.*text"):
        load_modules(["acme"])


def test_a_hook_whose_mark_was_forgotten(package: Package) -> None:
    package("acme", "def attention(request):\n    return ()")
    with pytest.raises(DeclarationError, match=r"'acme': attention.. lacks @hookimpl"):
        load_modules(["acme"])


def test_an_imported_name_is_no_forgotten_hook(package: Package) -> None:
    package("riskportal_acme", "from shutil import copy as search\nfrom json import loads as jobs\nattention = 3")
    load_modules(["acme"])


def test_fewer_arguments_will_do(package: Package) -> None:
    package("acme", "@hookimpl\ndef search(query):\n    return [query]")
    package("base", "@hookimpl\ndef search(limit, request):\n    return [limit, request]")
    modules = load_modules(["acme", "base"])
    answers = [modules.call(item, "search", request="R", query="q", limit=3) for item in modules]
    assert answers == [["q"], [3, "R"]]
    assert modules.call(modules.loaded[0], "attention", request="R") is None
    assert modules.hooks_of(modules.loaded[0]) == ["search"]


@pytest.mark.parametrize("name", ["core", "staff", "api", "g", "static", "join", "brand"])
def test_names_that_addresses_of_the_core_begin_with(name: str) -> None:
    with pytest.raises(DeclarationError, match="taken by the core"):
        Module(name, title="x", version="1")


@pytest.mark.parametrize("name", ["", "Acme", "a-b", "a.b", "1a", "a b", "ü", "acme\n"])
def test_a_modules_name(name: str) -> None:
    with pytest.raises(DeclarationError, match="lower case"):
        Module(name, title="x", version="1")
