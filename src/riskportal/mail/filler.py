"""The language of mail texts that tenants write: `{name}` stands for a value, `{{` and `}}` for braces. Nothing else.

A name is looked up in a fixed list and replaced in one pass, so that neither a text nor a value can reach
into objects, run anything or loop.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_TOKEN = re.compile(r"\{\{|\}\}|\{([a-z_][a-z0-9_]*)\}|[{}]")
_BRACED = re.compile(r"\{[^{}\n]{0,60}\}")
_BRACES = {"{{": "{", "}}": "}"}


@dataclass(frozen=True)
class Piece:
    """A stretch of text, or the name of a value."""

    text: str
    is_name: bool = False


class BadText(ValueError):
    """A text that can't be filled. `found` is the name in braces that nobody knows, or None for a lone brace."""

    def __init__(self, found: str | None) -> None:
        super().__init__(f"unknown placeholder {found}" if found else "a lone brace")
        self.found = found


def pieces_of(text: str, names: Collection[str]) -> list[Piece]:
    """The text in pieces; BadText for a name that is not in `names` and for a brace that is neither."""
    pieces: list[Piece] = []
    literal, end = "", 0
    for token in _TOKEN.finditer(text):
        literal += text[end : token.start()]
        end = token.end()
        if token[0] in _BRACES:
            literal += _BRACES[token[0]]
            continue
        if token[1] is None or token[1] not in names:
            braced = _BRACED.match(text, token.start())
            raise BadText(braced[0] if braced else None)
        if literal:
            pieces.append(Piece(literal))
        pieces.append(Piece(token[1], is_name=True))
        literal = ""
    literal += text[end:]
    return [*pieces, Piece(literal)] if literal else pieces


def written(text: str) -> str:
    """Plain text as it must be written to stand for itself: braces doubled."""
    return text.replace("{", "{{").replace("}", "}}")
