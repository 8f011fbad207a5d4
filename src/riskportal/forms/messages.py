"""Error texts in the reader's language.

Libraries' own messages ("Required", "${val} is not ...") become ours where a person meets them; what is
left keeps the library's wording, its values filled in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from riskportal.plug.messages import Message, _

Translate = Callable[[Any], str]

_OURS: dict[str, Callable[[dict[str, Any]], Message]] = {
    "Required": lambda v: _("Please fill this in."),
    "Invalid email address": lambda v: _("Write an e-mail address such as name@company.com."),
    "Must be a URL": lambda v: _("Write a full address that starts with https://."),
    "Invalid date": lambda v: _("Choose a date."),
    "Shorter than minimum length ${min}": lambda v: _("Write at least {n} characters.", n=v.get("min")),
    "Longer than maximum length ${max}": lambda v: _("Write at most {n} characters.", n=v.get("max")),
    "${val} is less than minimum value ${min}": lambda v: _("Must be at least {n}.", n=v.get("min")),
    "${val} is greater than maximum value ${max}": lambda v: _("Must be at most {n}.", n=v.get("max")),
    '"${val}" is not one of ${choices}': lambda v: _("Choose one of the options."),
    '"${val}" is not a number': lambda v: _("Write a number."),
    "${val} is not a string: ${err}": lambda v: _("This can't be read."),
    "String does not match expected pattern": lambda v: _("This can't be read."),
    "Pstruct is not a string": lambda v: _("This can't be read."),
}


# What is missing where one chooses instead of writing, by the widget's template.
_CHOSEN: dict[str, Message] = {
    "radio_choice": _("Please choose one of these."),
    "select": _("Please choose one of these."),
    "checkbox_choice": _("Please choose at least one of these."),
}


def at_field(field: Any, translate: Translate) -> list[str]:
    """The messages at a field, each once, in the reader's language."""
    if field.error is None:
        return []
    missing = _CHOSEN.get(getattr(field.widget, "template", ""))
    texts = [
        translate(missing) if missing is not None and str(text) == "Required" else plain(text, translate)
        for text in field.error.messages()
    ]
    return list(dict.fromkeys(text for text in texts if text))


def plain(text: Any, translate: Translate) -> str:
    """A library's or our message as text for the reader."""
    ours = _OURS.get(str(text))
    if ours is not None:
        return translate(ours(dict(getattr(text, "mapping", None) or {})))
    return translate(text)


def translator(request: Any) -> Translate:
    """The request's translator of lazy messages; plain English where a request has none (tests, CLI)."""
    found = getattr(request, "translator", None)
    return english if found is None else found.translate


def english(text: Any) -> str:
    """A message untranslated, its values filled in."""
    return str(text.interpolate()) if hasattr(text, "interpolate") else str(text)
