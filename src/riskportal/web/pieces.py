"""`show(card)`: cards and panels of modules inside a page.

Jinja's own include can't put a dict's names into scope, so this renders the piece's template with the
page's context, the names of the piece's `context`, and the piece itself as `card` and `panel`.
"""

from __future__ import annotations

import logging
from typing import Protocol

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from riskportal.plug.calls import isolated

log = logging.getLogger("riskportal.web")


class Piece(Protocol):
    """What Card and Panel (riskportal.plug) have in common."""

    id: str
    title: str
    template: str
    context: dict[str, object]


@pass_context
def show(context: Context, piece: Piece) -> Markup:
    """The piece as HTML; one that fails shows a small "could not be loaded" panel in its place."""
    values = {**context.get_all(), **piece.context, "card": piece, "panel": piece}
    request = context["request"]
    try:
        text = isolated(request, lambda: context.environment.get_template(piece.template).render(values))
        return Markup(text)  # noqa: S704 - autoescaped
    except Exception:
        log.exception("piece %s failed (request %s)", piece.id, request.request_id)
        failed = context.environment.get_template("riskportal:templates/failed.jinja2")
        return Markup(failed.render(values))  # noqa: S704 - autoescaped
