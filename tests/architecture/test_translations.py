"""German is complete from the start: every text that people read has its translation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from house import ROOT, report, templates

from riskportal.app import CORE_LOCALE
from riskportal.installed import own_packages
from riskportal.testing import catalogues
from riskportal.web.i18n import load_catalogues

# Attributes without a value, where a template writes a piece of a tag.
ATTRIBUTES = r"\b(?:required|checked|disabled|selected|readonly|multiple|autofocus|hidden|open)\b"
PACKAGES = [catalogues.CORE, *own_packages()]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_is_translated_with_the_same_placeholders(package):
    report(list(catalogues.problems(package, "de")))


def test_texts_are_found_at_all():
    assert len(catalogues.extracted(catalogues.CORE)) > 50


@pytest.mark.parametrize("package", PACKAGES)
def test_no_text_is_shown_in_another_modules_words(package):
    """What a reader gets is the package's own translation, or the core's sentence where the package has none."""
    modules = {name: catalogues.folder_of(name) / "locale" for name in own_packages()}
    shown, own = load_catalogues(CORE_LOCALE, modules)["de"], catalogues.catalogue(package, "de")
    core = catalogues.catalogue(catalogues.CORE, "de")
    wrong = []
    for message in catalogues.extracted(package):
        key = message if isinstance(message, str) else message[0]
        wanted = own.get(key) or core.get(key)
        got = shown.counted(*message, 1, package) if isinstance(message, tuple) else shown.text(key, package)
        if wanted is None or got != (wanted.string if isinstance(wanted.string, str) else wanted.string[0]):
            wrong.append(f"{package}: {key!r} is shown as {got!r}")
    report(wrong)


def test_a_single_word_is_never_borrowed_from_the_core(monkeypatch):
    """ "Open" is a button in the core and a state in billing: a module that says it must say it in German itself."""
    monkeypatch.setattr(catalogues, "extracted", lambda package: {"Open": "views.py:1"})
    monkeypatch.setattr(
        catalogues,
        "catalogue",
        lambda package, language, read=catalogues.catalogue: (
            read(package, language) if package == catalogues.CORE else catalogues.Catalog(locale=language)
        ),
    )
    assert [problem for problem in catalogues.problems("riskportal_billing", "de") if "'Open' has no text" in problem]
    assert not list(catalogues.problems(catalogues.CORE, "de"))


def pages() -> list[Path]:
    """Templates with tags around their texts; the style guide is English and shown in development only."""
    return [
        path for path in templates() if path.name != "styleguide.jinja2" and not path.name.endswith(".txt.jinja2")
    ]


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_hold_no_bare_text(path):
    """Words between tags that no `_()` wraps would stay English on every page."""
    text = path.read_text(encoding="utf-8")
    for pattern in (
        r"<style\b.*?</style>",
        r"\{#.*?#\}",
        r"\{%.*?%\}",
        r"\{\{.*?\}\}",
        r"<svg\b.*?</svg>",
        r"<!--.*?-->",
    ):
        text = re.sub(pattern, lambda match: re.sub(r"[^\n]", " ", match[0]), text, flags=re.S)
    text = re.sub(r"<[^>]*>", lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    for pattern in (r"&\w+;", r"\b[\w-]+=\"[^\"]*\"", ATTRIBUTES):
        text = re.sub(pattern, lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    bare = re.finditer(r"[A-Za-zÀ-ÿ]{3,}[^\n]*", text)
    report(
        [
            f"{path.relative_to(ROOT)}:{line_of(text, match)} {match[0].strip()!r} is not translatable"
            for match in bare
        ]
    )


def line_of(text: str, match: re.Match[str]) -> int:
    return text[: match.start()].count("\n") + 1
