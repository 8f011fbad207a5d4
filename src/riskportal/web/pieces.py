"""Cards and panels of modules inside a page: `{{ show(card) }}` in a template.

Jinja's own include can't put a dict's names into scope, so this renders the piece's template with the
page's context, the names of the piece's `context`, and the piece itself as `card` and `panel`.
"""

from __future__ import annotations

from typing import Protocol

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup


class Piece(Protocol):
    """What Card and Panel (riskportal.plug) have in common."""

    template: str
    context: dict[str, object]


@pass_context
def show(context: Context, piece: Piece) -> Markup:
    """The piece as HTML. Errors of its template propagate; the page's view decides what stands in."""
    template = context.environment.get_template(piece.template)
    values = {**context.get_all(), **piece.context, "card": piece, "panel": piece}
    return Markup(template.render(values))  # noqa: S704 - output of an autoescaping template
