"""How strong a password is while it is typed, for whoever sets one: in their own pages, or by a set-up link."""

from __future__ import annotations

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


def judged(request: Any, known: list[str]) -> dict[str, Any]:
    """zxcvbn's score of 0 to 4 of the posted password and what to say. Nothing is kept. `known` is what a guesser
    would try first."""
    typed = posted(request, "password")
    problem, score = passwords.objection(typed, known), passwords.strength(typed, known)
    if problem is not None:
        # What will be refused never looks strong: zxcvbn may think better of a long row of one's own names.
        score = min(score, passwords.WEAKEST - 1)
    hint = request.translate(problem) if problem is not None else ""
    return {"score": score, "word": request.translate(STRENGTHS[score]), "hint": hint}
