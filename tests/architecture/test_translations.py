"""German is complete from the start: every text that people read has its translation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from house import ROOT, report, templates

from riskportal.installed import own_packages
from riskportal.testing import catalogues

# Attributes without a value, where a template writes a piece of a tag.
ATTRIBUTES = r"\b(?:required|checked|disabled|selected|readonly|multiple|autofocus|hidden|open)\b"
PACKAGES = [catalogues.CORE, *own_packages()]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_is_translated_with_the_same_placeholders(package):
    report(list(catalogues.problems(package, "de")))


def test_texts_are_found_at_all():
    assert len(catalogues.extracted(catalogues.CORE)) > 50


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
