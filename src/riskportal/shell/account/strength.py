"""How strong a password is while it is typed, for whoever sets one: in their own pages, or by a set-up link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from riskportal.identity import passwords
from riskportal.plug import Message, _
from riskportal.security.junk import posted

# What zxcvbn's scale of 0 to 4 means here: below 3 a password is refused.
STRENGTHS: tuple[Message, ...] = (
    _("Guessed at once"),
    _("Guessed quickly"),
    _("Not strong enough yet"),
    _("Strong"),
    _("Very strong"),
)


def judged(request: Any, known: Sequence[str]) -> dict[str, Any]:
    """What the meter shows of the posted password; nothing is kept. `known` is what a guesser would try first."""
    score, problem = passwords.strength(posted(request, "password"), known)
    hint = request.translate(problem) if problem is not None else ""
    return {"score": score, "word": request.translate(STRENGTHS[score]), "hint": hint}
