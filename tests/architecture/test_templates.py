"""Nothing inline: the Content-Security-Policy would refuse it, and so do these tests."""

from __future__ import annotations

import re

import pytest
from house import CORE, PLUGINS, ROOT, report, templates

FORBIDDEN = {
    r"<script(?![^>]*\bsrc=)[^>]*>": "a script without src",
    r"\son[a-z]+\s*=": "an inline event handler",
    r"\sstyle\s*=": "an inline style",
    r"<style\b": "an inline style sheet",
    r"javascript:": "a javascript: address",
    r"\bsrcdoc\s*=": "a document inside an attribute",
    r"""(?:src|href|action)\s*=\s*["']\s*(?:https?:)?//""": "an address of another server",
    r"\|\s*safe\b": "text that skips escaping",
}
# Built code comes in lines longer than this.
LONGEST_LINE = 1000
# Mails are read outside the browser page: style sheets and attributes are all that mail programs understand.
MAIL_ALLOWED = {r"\sstyle\s*=", r"<style\b"}


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_hold_nothing_inline(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.S)
    mail = "email" in path.parts
    problems = []
    for pattern, what in FORBIDDEN.items():
        if mail and pattern in MAIL_ALLOWED:
            continue
        for match in re.finditer(pattern, text):
            problems.append(
                f"{path.relative_to(ROOT)}:{text[: match.start()].count(chr(10)) + 1} {what}: {match[0]!r}"
            )
    report(problems)


def test_no_third_party_code_in_static():
    """Own CSS and plain modules: nothing minified, nothing fetched, no source map."""
    problems = []
    for base in (CORE / "static", *PLUGINS.glob("*/static")):
        for path in base.rglob("*"):
            if path.suffix not in (".js", ".css"):
                continue
            text = path.read_text(encoding="utf-8")
            if max(map(len, text.splitlines()), default=0) > LONGEST_LINE or "sourceMappingURL" in text:
                problems.append(f"{path.relative_to(ROOT)}: looks like built or copied code")
            if re.search(r"""(?:@import|url\(|from|import\()\s*["'(]*\s*(?:https?:)?//""", text):
                problems.append(f"{path.relative_to(ROOT)}: loads from another server")
    report(problems)


def test_scripts_write_no_html():
    """Trusted Types in deed: scripts build nodes, they never parse strings."""
    words = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\("
    report(
        [
            f"{path.relative_to(ROOT)}: {match[0]}"
            for base in (CORE / "static", *PLUGINS.glob("*/static"))
            for path in base.rglob("*.js")
            for match in re.finditer(words, path.read_text(encoding="utf-8"))
        ]
    )
