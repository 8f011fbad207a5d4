"""The list of a bill group's people, page by page, for both areas."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from riskportal.identity.memberships import rights_now
from riskportal.identity.models import AccessRule
from riskportal.identity.people import PAGE, Person, people_of
from riskportal.plug import Message, _
from riskportal.shell.access.places import Place, first_records
from riskportal.shell.access.words import (
    STATES,
    access_in_words,
    last_day,
    limit_in_words,
    why_in_words,
)
from riskportal.web.roles import role_name

QUERY_LENGTH = 200
SHOWS = {"here": _("With access"), "gone": _("Without access any more")}


def people_page(place: Place, *, linked: bool = True) -> dict[str, Any]:
    """What templates/access/people_table.jinja2 reads. Without `linked` nobody has a page to go to."""
    request = place.request
    show, find, after = _asked(request.GET)
    people = people_of(
        request.db, place.bill_group, request.clock.now(), after=after, find=find, show=show, limit=PAGE
    )
    base = place.url("people")

    def url(**changes: str) -> str:
        kept = {"show": show if show != "here" else "", "who": find, **changes}
        return place.url("people", _query={name: value for name, value in kept.items() if value}, _anchor="people")

    return {
        "people": _rows(place, people.persons, linked),
        "people_url": base,
        "people_find": find,
        "people_hidden": {"show": show} if show != "here" else {},
        "people_filters": [
            {"label": label, "href": url(show=name if name != "here" else "", after=""), "current": name == show}
            for name, label in SHOWS.items()
        ],
        "people_next": url(after=_cursor(people.after)) if people.after else None,
        "people_first": url(after="") if after else None,
        "people_show": show,
        "people_domains": _domains(people.domains),
    }


def _asked(query: Mapping[str, str]) -> tuple[str, str, str]:
    show = query.get("show", "here")
    find = "".join(query.get("who", "").split())[:QUERY_LENGTH]
    return show if show in SHOWS else "here", find, _address(query.get("after", ""))


def _domains(rules: Sequence[AccessRule]) -> list[tuple[str, Message | str]]:
    """(domains, role): what a sentence for each role says."""
    by_role: dict[str, list[str]] = {}
    for rule in rules:
        by_role.setdefault(rule.role, []).append(rule.value)
    return [(", ".join(sorted(values)), role_name(role)) for role, values in by_role.items()]


def _cursor(email: str) -> str:
    """An address as it may stand in an address bar and in logs: nobody reads it by chance."""
    return base64.urlsafe_b64encode(email.encode()).decode().rstrip("=")


def _address(cursor: str) -> str:
    """The address of a cursor; the list starts over for anything else."""
    try:
        padded = cursor[: 2 * QUERY_LENGTH] + "=" * (-len(cursor[: 2 * QUERY_LENGTH]) % 4)
        return base64.urlsafe_b64decode(padded).decode("ascii").replace("\x00", "")
    except (binascii.Error, ValueError):
        return ""


def _rows(place: Place, persons: Sequence[Person], linked: bool) -> list[dict[str, Any]]:
    limits = [rights_now(person).limited_to for person in persons]
    titles = first_records(place, limits) if any(limits) else {}
    labels = {p.name: p.label for p in place.manager.powers.single()}
    return [
        {
            **_row(place, person, linked),
            "access": access_in_words(person, labels),
            "limit": limit_in_words(limited, titles),
        }
        for person, limited in zip(persons, limits, strict=True)
    ]


def _row(place: Place, person: Person, linked: bool) -> dict[str, Any]:
    tone, label = STATES[person.state]
    return {
        "person": person,
        "you": person.email == place.manager.email,
        "url": place.url("person", person=person.key) if linked else None,
        "tone": tone,
        "state": label,
        "why": why_in_words(person, console=place.console),
        "until": last_day(rights_now(person).expires_at, place.request.tenant.time_zone),
    }
