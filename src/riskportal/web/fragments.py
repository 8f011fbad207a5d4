"""The smallest components, pills, amounts and addresses, as functions: lists show dozens of them on a page,
and a Jinja macro costs ten times as much as the text it writes."""

from __future__ import annotations

import re
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from riskportal.icons import icon as draw

# A shorter address fits wherever one is shown; one of usual length breaks after its @ only.
SHORT_ADDRESS, USUAL_ADDRESS = 20, 36
_AT = re.compile(r"(?<=@)(?=.)")
_BREAKS = re.compile(r"(?<=[@.])(?=.)")
TONE_ICONS = {"good": "check", "wait": "clock", "bad": "warn", "quiet": "dot"}


@pass_context
def pill(context: Context, tone: str, text: Any, icon: str | None = None) -> Markup:
    """A status: icon, word and colour. `tone` is good, wait, bad or quiet."""
    shown = escape(context["request"].translator.translate(text))
    drawing = draw(icon or TONE_ICONS.get(tone, "dot"))
    return Markup(f'<span class="pill {escape(tone)}">{drawing}<span>{shown}</span></span>')  # noqa: S704 - escaped


@pass_context
def money(context: Context, minor: int, currency: str) -> Markup:
    """An amount in minor units, in figures of equal width."""
    return Markup(f'<span class="money">{escape(context["fmt"].money(minor, currency))}</span>')  # noqa: S704 - escaped


def address(text: str | None) -> Markup:
    """An e-mail address or a domain that breaks, where it has to, after its @, a long one at dots as well."""
    text = text or ""
    if len(text) <= SHORT_ADDRESS:
        return escape(text)
    pieces = (_AT if "@" in text and len(text) <= USUAL_ADDRESS else _BREAKS).split(text)
    return Markup("<wbr>").join(pieces)
