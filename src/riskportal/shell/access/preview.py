"""The choice whom to look as, on the preview's own page and as a card on others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import colander
from deform.widget import OptGroup, SelectWidget
from sqlalchemy.orm import Session

from riskportal.customers.models import BillGroup
from riskportal.forms import Button, Form, create_form, length
from riskportal.identity.addresses import MAX_ADDRESS, canonical_email
from riskportal.identity.people import Person, people_of, person_of
from riskportal.plug import Message, _
from riskportal.plug.declarations import PORTAL_ROLES
from riskportal.shell.access.permissions import P
from riskportal.web.roles import role_name

# A list that somebody still reads; anybody else is found on the page of the bill group's people.
MOST_PEOPLE = 100
LOOKS_IN = ("active", "invited", "awaited")


@dataclass(frozen=True)
class Viewer:
    """Whom a preview shows: a role, or the person with an address."""

    role: str | None
    email: str | None


class PreviewSchema(colander.MappingSchema):
    """A role's name, or somebody's address."""

    view_as = colander.SchemaNode(
        colander.String(),
        title=_("Look as"),
        description=_(
            "You see exactly what this role or person sees. Nothing can be changed, for a quarter of an hour."
        ),
        validator=length(MAX_ADDRESS),
    )


def preview_form(request: Any, bill_group: BillGroup, chosen: str = "owner", tone: str = "") -> Form:
    """The form that opens a preview; `chosen` is the role or address that it offers first.

    `tone` is that of its button, "plain" on a page whose main purpose is another one.
    """
    schema = PreviewSchema()
    may_see = request.allows(P.READ)
    persons = _persons(request.db, bill_group, chosen, request.clock.now()) if may_see else []
    schema["view_as"].widget = SelectWidget(values=_choices(persons))
    return create_form(
        request,
        schema,
        action=request.route_path("core.staff_preview", public_id=bill_group.public_id),
        buttons=(Button("open", _("Open the preview"), tone),),
        form_id="preview",
        appstruct={"view_as": chosen},
    )


def viewer_of(db: Session, bill_group: BillGroup, text: str, now: datetime) -> Viewer | None:
    """Whom the posted text names, None when that is neither a role nor somebody who gets in here."""
    if text in PORTAL_ROLES:
        return Viewer(text, None)
    try:
        email = canonical_email(text)
    except ValueError:
        return None
    person = person_of(db, bill_group, email, now)
    return Viewer(None, email) if person is not None and person.state in LOOKS_IN else None


def _persons(db: Session, bill_group: BillGroup, chosen: str, now: datetime) -> list[Person]:
    """Those who get in, and among them the chosen one in any case."""
    persons = people_of(db, bill_group, now, limit=MOST_PEOPLE).persons
    if "@" in chosen and chosen not in {person.email for person in persons}:
        asked_for = person_of(db, bill_group, chosen, now)
        persons += [asked_for] if asked_for is not None else []
    return [person for person in persons if person.state in LOOKS_IN]


def _choices(persons: list[Person]) -> list[Any]:
    roles = OptGroup(_("A role"), *((role, role_name(role)) for role in PORTAL_ROLES))
    if not persons:
        return [roles]
    return [roles, OptGroup(_("A person"), *((person.email, _label(person)) for person in persons))]


def _label(person: Person) -> Message | str:
    return f"{person.name} ({person.email})" if person.name else person.email
