"""Catalogues are read at start-up; messages find their text in their reader's language and their package's words."""

from __future__ import annotations

import pickle
from copy import copy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment
from translationstring import TranslationStringFactory

from riskportal.plug import Message, _, plural
from riskportal.plug.templates import KnowsItsPackage, package_of
from riskportal.web.i18n import Catalogue, Translator, load_catalogues, negotiate

CORE = """
msgid ""
msgstr ""
"Language: de\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Save"
msgstr "Speichern"

msgid "Due on {day}"
msgstr "Fällig am {day}"

msgid "{n} invoice"
msgid_plural "{n} invoices"
msgstr[0] "{n} Rechnung"
msgstr[1] "{n} Rechnungen"

msgid "Empty"
msgstr ""

#, fuzzy
msgid "Unsure"
msgstr "Unsicher"

msgid "Half"
msgid_plural "Halves"
msgstr[0] "Halb"
msgstr[1] ""
"""
MODULE = """
msgid ""
msgstr ""
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Save"
msgstr "Sichern"

msgid "Lamp"
msgstr "Lampe"
"""


OTHER = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Lamp"
msgstr "Leuchte"

msgid "{n} invoice"
msgid_plural "{n} invoices"
msgstr[0] "{n} Beleg"
msgstr[1] "{n} Belege"
"""


@pytest.fixture
def catalogues(tmp_path: Path) -> dict[str, Catalogue]:
    folders = {}
    for name, text in (("core", CORE), ("module", MODULE), ("other", OTHER), ("without", "")):
        folders[name] = tmp_path / name
        if text:
            place = tmp_path / name / "de" / "LC_MESSAGES"
            place.mkdir(parents=True)
            (place / "messages.po").write_text(text, encoding="utf-8")
    return load_catalogues(folders.pop("core"), folders)


@pytest.fixture
def german(catalogues: dict[str, Catalogue]) -> Translator:
    return Translator(catalogues["de"], lambda number: f"<{number}>")


def written_in(package: str, text: str, **values: object) -> Message:
    """`_(text)` as a Python module of the package writes it."""
    space = {"__name__": f"{package}.views", "_": _, "text": text, "values": values}
    return eval("_(text, **values)", space)


def test_the_core_speaks_its_own_words_only(german: Translator) -> None:
    assert german.gettext("Save") == "Speichern"
    assert german.gettext("Lamp") == "Lamp"


@pytest.mark.parametrize(
    ("package", "save", "lamp"),
    [
        ("module", "Sichern", "Lampe"),
        ("other", "Speichern", "Leuchte"),
        ("without", "Speichern", "Lamp"),
        ("elsewhere", "Speichern", "Lamp"),
        ("modulesque", "Speichern", "Lamp"),
    ],
)
def test_a_package_is_asked_for_its_own_words_first_then_the_core(
    german: Translator, package: str, save: str, lamp: str
) -> None:
    assert german.translate(written_in(package, "Save")) == save
    assert german.translate(written_in(package, "Lamp")) == lamp
    inside = written_in(package, "Due on {day}", day=written_in("other", "Lamp"))
    assert german.translate(inside) == "Fällig am Leuchte"
    assert german.gettext("Save", package) == save


def test_counted_words_are_the_packages_own_too(german: Translator) -> None:
    space = {"__name__": "other", "plural": plural}
    invoices = eval("plural('{n} invoice', '{n} invoices', 2)", space)
    assert german.translate(invoices) == "<2> Belege"
    assert german.translate(plural("{n} invoice", "{n} invoices", 2)) == "<2> Rechnungen"
    assert german.ngettext("{n} invoice", "{n} invoices", 1, "other") == "<1> Beleg"


def test_a_message_keeps_its_origin_where_it_is_copied() -> None:
    message = written_in("module", "Save")
    assert message.origin == copy(message).origin == pickle.loads(pickle.dumps(message)).origin == "module.views"


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("module:templates/a.jinja2", "module"),
        ("deep.module:templates/a.jinja2", "deep.module"),
        ("b.jinja2@@FROM@@module:templates/a.jinja2", "module"),
        ("a.jinja2", ""),
        (None, ""),
    ],
)
def test_a_template_belongs_to_the_package_in_its_name(name: str | None, package: str) -> None:
    assert package_of(name) == package


def test_every_template_speaks_its_own_packages_words(german: Translator) -> None:
    """A page of one package inside the frame of another: each text is its own package's, in blocks and macros too."""
    environment = Environment(
        loader=DictLoader(
            {
                "core:frame": '{{ _("Save") }}{% block own %}{% endblock %}'
                '{% block frame %}{{ _("Save") }}{% endblock %}',
                "other:macros": '{% macro lamp(n) %}{{ _("Lamp") }}'
                ' {{ ngettext("{n} invoice", "{n} invoices", n) }}{% endmacro %}',
                "module:page": '{% extends "core:frame" %}{% import "other:macros" as m with context %}'
                '{% block own %} {{ _("Save") }} {{ _("Lamp") }} {{ m.lamp(2) }} {% endblock %}',
            }
        )
    )
    environment.code_generator_class = KnowsItsPackage
    page = environment.get_template("module:page").render(_=german.gettext, ngettext=german.ngettext)
    assert page == "Speichern Sichern Lampe Leuchte <2> Belege Speichern"


def test_what_has_no_sure_text_stays_english(german: Translator) -> None:
    assert [german.gettext(text) for text in ("Empty", "Unsure", "Unknown", "Half", "")] == [
        "Empty", "Unsure", "Unknown", "Half", ""
    ]  # fmt: skip
    assert german.ngettext("Half", "Halves", 2) == "Halves"


@pytest.mark.parametrize(("n", "text"), [(0, "<0> Rechnungen"), (1, "<1> Rechnung"), (2, "<2> Rechnungen")])
def test_plurals(german: Translator, n: int, text: str) -> None:
    assert german.ngettext("{n} invoice", "{n} invoices", n) == text
    assert german.translate(plural("{n} invoice", "{n} invoices", n)) == text


@pytest.mark.parametrize(("n", "text"), [(0, "0 invoices"), (1, "1 invoice"), (2, "2 invoices")])
def test_english_needs_no_catalogue(catalogues: dict[str, Catalogue], n: int, text: str) -> None:
    english = Translator(catalogues["en"], str)
    assert english.translate(plural("{n} invoice", "{n} invoices", n)) == text


def test_values_are_translated_and_counted_too(german: Translator) -> None:
    assert german.translate(_("Due on {day}", day=_("Save"))) == "Fällig am Speichern"
    assert german.gettext("Due on {day}", day=12) == "Fällig am <12>"
    assert german.gettext("Due on {day}", day=True) == "Fällig am True"


def test_a_customers_own_words_stay(german: Translator) -> None:
    assert german.translate("Save") == "Save"
    assert german.gettext("Due on {day}", day="Save {day}") == "Fällig am Save {day}"
    assert german.translate(None) == ""
    assert german.translate(3) == "3"


def test_messages_of_colander(german: Translator) -> None:
    message = TranslationStringFactory("colander")("${val} is bad", mapping={"val": "x"})
    assert german.translate(message) == "x is bad"


def test_library_catalogues_are_there(portal: object) -> None:
    message = '"${val}" is not a number'
    assert portal.catalogues["de"].text(message) != message  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("wanted", "offered", "chosen"),
    [
        (["de"], ["en", "de"], "de"),
        (["de-AT", "en"], ["en", "de"], "de"),
        (["DE_ch"], ["en", "de"], "de"),
        ([None, "", "fr", "de"], ["en", "de"], "de"),
        (["fr"], ["de", "en"], "de"),
        ([], ["en", "de"], "en"),
        (["de"], ["en"], "en"),
        (["fr"], ["fr"], "en"),
        (["*"], ["en", "de"], "en"),
        (["de"], [], "en"),
    ],
)
def test_the_first_wanted_language_that_is_offered(wanted: list[str | None], offered: list[str], chosen: str) -> None:
    assert negotiate(wanted, offered) == chosen


@given(st.lists(st.one_of(st.none(), st.text())), st.lists(st.sampled_from(["en", "de", "fr", "xx"])))
def test_negotiation_always_ends_in_a_language_we_speak(wanted: list[str | None], offered: list[str]) -> None:
    assert negotiate(wanted, offered) in ("en", "de")
