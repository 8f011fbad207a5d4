"""A stored mail as a page may show it: the same look, without anything that could run, load or send.

HTML mails carry their look in style attributes, which a strict Content-Security-Policy refuses. Here each
becomes a class of one style sheet whose hash stands in the policy (CSP Level 3, 2.3.1). What isn't on the
short lists below is left out: the policy and the sandbox would stop it anyway, this is the first of two locks.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from html.parser import HTMLParser

from markupsafe import escape

_KEPT = frozenset(
    "a b blockquote br caption code dd div dl dt em h1 h2 h3 h4 hr i li ol p pre small span strong sub sup table "
    "tbody td tfoot th thead tr u ul".split()
)
_VOID = frozenset(("br", "hr"))
# Their content is no text.
_SILENT = frozenset("script style title template noscript svg math iframe object textarea".split())
_ATTRIBUTES = frozenset(
    "align cellpadding cellspacing colspan dir lang role rowspan scope valign width aria-hidden aria-label".split()
)
_FOLLOWED = re.compile(r"(?:https?://|mailto:|tel:)[^\s\x00-\x1f]+\Z", re.I)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,40}\Z")
# Nothing of a declaration may end the rule, start another one, or escape.
_UNSAFE_STYLE = re.compile(r"[{}<>@\\\x00-\x08\x0e-\x1f]|/\*|url\s*\(|expression\s*\(", re.I)
_SANDBOX = "sandbox allow-popups allow-popups-to-escape-sandbox"


@dataclass(frozen=True)
class Page:
    """A whole HTML document and the Content-Security-Policy that goes with it.

    Links open in a window of their own; nothing else leaves the frame.
    """

    html: str
    policy: str


def readable(html: str, language: str) -> Page:
    """The document for a sandboxed frame on our own pages. `html` may be anything."""
    reader = _Reader()
    # As browsers read it: the hash is over what they see.
    reader.feed(html.replace("\r\n", "\n").replace("\r", "\n"))
    reader.close()
    rules = "".join(f".{name}{{{style}}}" for style, name in reader.classes.items())
    # Theirs last: what a style sheet says about dark screens must outrank what stood in the elements.
    css = rules + "".join(sheet for sheet in reader.sheets if _balanced(sheet))
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{digest}'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
            _SANDBOX,
        )
    )
    body = f'<body class="{reader.body_class}">' if reader.body_class else "<body>"
    page = (
        f'<!DOCTYPE html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title></title><style>{css}</style></head>'
        f"{body}{''.join(reader.written)}</body></html>"
    )
    return Page(page, policy)


def _balanced(sheet: str) -> bool:
    """Whether a style sheet is one that can't reach beyond its element; ours are, others are left out."""
    return sheet.count("{") == sheet.count("}") and "<" not in sheet and "@import" not in sheet and "\\" not in sheet


class _Reader(HTMLParser):
    """Writes what is on the lists, escaped; collects styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self.classes: dict[str, str] = {}
        self.sheets: list[str] = []
        self.body_class = ""
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag == "body":
            self.body_class = " ".join(self._classes(dict(attrs)))
        elif tag in _KEPT and not self._silent:
            self.written.append(f"<{tag}{self._attributes(tag, dict(attrs))}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            if tag in self._silent:
                del self._silent[self._silent.index(tag) :]
        elif tag in _KEPT and tag not in _VOID and not self._silent:
            self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.written.append(str(escape(data)))
        elif self._silent == ["style"]:
            self.sheets.append(data)

    def _attributes(self, tag: str, given: dict[str, str | None]) -> str:
        found = {name: value or "" for name, value in given.items() if name in _ATTRIBUTES}
        classes = self._classes(given)
        if classes:
            found["class"] = " ".join(classes)
        address = (given.get("href") or "").strip()
        if tag == "a" and _FOLLOWED.match(address):
            found |= {"href": address, "target": "_blank", "rel": "noopener noreferrer"}
        return "".join(f' {name}="{escape(value)}"' for name, value in found.items())

    def _classes(self, given: dict[str, str | None]) -> list[str]:
        """The element's own classes, and one that stands for its style attribute."""
        names = [name for name in (given.get("class") or "").split() if _NAME.match(name)]
        style = (given.get("style") or "").strip()
        if style and not _UNSAFE_STYLE.search(style):
            names.append(self.classes.setdefault(style, f"s{len(self.classes)}"))
        return names
