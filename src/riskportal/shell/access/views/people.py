"""People of a bill group: invited, looked at, changed, taken out, let in again. The rules are in
`identity.memberships`; these pages serve the portal and the console alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import colander
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from riskportal.forms import Form, Problem, create_form, submit
from riskportal.forms.widgets import Button
from riskportal.identity import memberships
from riskportal.identity.addresses import canonical_email
from riskportal.identity.memberships import PeopleRefused, rights_now
from riskportal.identity.models import Membership
from riskportal.identity.people import Person, person_by_key, rule_behind
from riskportal.identity.rights import Rights
from riskportal.plug import Message, _, plural
from riskportal.shell.access import told
from riskportal.shell.access.forms import OWN, Offer, add_rights, invitation_schema, rights_from, values_of
from riskportal.shell.access.people_list import people_page
from riskportal.shell.access.places import Place, offer_of, place_of, records_in_words
from riskportal.shell.access.words import STATES, access_in_words, last_day, why_in_words
from riskportal.shell.areas import in_both_areas
from riskportal.web.i18n import LANGUAGES
from riskportal.web.locale import offered
from riskportal.web.roles import role_name

PERSON = "riskportal:templates/access/person.jinja2"
INVITE = "riskportal:templates/access/invite.jinja2"
# The field of the form that an objection belongs to; "" is the form as a whole.
FIELDS = {
    "here": "email",
    "revoked": "email",
    "over": "email",
    "empty": "limited",
    "past": "until",
    "longer": "until",
}
ONE_RECORD = _("Choose at least one, or take the tick away.")


@view_config(route_name="core.people", request_method="GET", renderer="riskportal:templates/account/people.jinja2")
def people(request: Any) -> dict[str, Any]:
    """Who has access to the account, and why."""
    place = place_of(request)
    return {
        **people_page(place),
        "invite_url": place.url("invite") if place.may_invite else None,
    }


@in_both_areas("invite", request_method="GET", renderer=INVITE)
def invite_page(request: Any) -> Any:
    """The form for somebody new."""
    place = place_of(request)
    if not place.may_invite:
        return _no_invitations(place)
    form = _invitation_form(place, offer_of(place))
    return {"place": place, "form": form}


@in_both_areas("invite", request_method="POST", renderer=INVITE)
def invite(request: Any) -> Any:
    """Invite somebody; they get a mail, and come in with their address."""
    place = place_of(request)
    if not place.may_invite:
        return _no_invitations(place)
    offer = offer_of(place)

    def accept(values: dict[str, Any]) -> Any:
        if not place.bill_group.portal_enabled:
            raise Problem({"": _("The portal of this bill group is off. Switch it on first, then invite people.")})
        rights = _rights(values, offer)
        email = _email(values["email"])
        member = _allowed(
            values, memberships.invite, place, email, rights, name=values["name"], manager=place.manager
        )
        _limit(place, "people.invite", place.bill_group.public_id)
        told.invited(request, place.bill_group, member, place.manager.signature, values.get("language"))
        request.note("good", _("{email} was invited. The mail is on its way.", email=email))
        return HTTPSeeOther(place.url("people"))

    form = _invitation_form(place, offer)
    return submit(request, form, accept, on_error=lambda form: {"place": place, "form": form})


@in_both_areas("person", request_method="GET", renderer=PERSON)
def person_page(request: Any) -> dict[str, Any]:
    """What somebody may do here, why, and what can be done about it."""
    place = place_of(request)
    person = _person(place)
    return _person_values(place, person, _rights_form(place, person, offer_of(place, person)))


@in_both_areas("person", request_method="POST", renderer=PERSON)
def change(request: Any) -> Any:
    """Give somebody other rights."""
    place = place_of(request)
    person = _person(place)
    offer = offer_of(place, person)
    form = _rights_form(place, person, offer)
    if form is None:
        raise HTTPNotFound()

    def accept(values: dict[str, Any]) -> Any:
        before = rights_now(person)
        rights = _rights(values, offer, before)
        try:
            member = _allowed(
                values,
                memberships.set_rights,
                place,
                person.email,
                rights,
                manager=place.manager,
                seen=values["seen"],
            )
        except Problem:
            now = rights_now(_person(place))
            if values["seen"] != now.mark:
                form.set_appstruct(values_of(now, offer))
            raise
        if rights != before or person.membership is None:
            told.rights_changed(request, place.bill_group, member, before)
        request.note("good", _("Saved what {email} may do.", email=person.email))
        return HTTPSeeOther(place.url("people"))

    return submit(request, form, accept, on_error=lambda form: _person_values(place, person, form))


@in_both_areas("person_revoke", request_method="POST")
def revoke(request: Any) -> Any:
    """Take somebody's access away, at once."""

    def act(place: Place, person: Person) -> Message | None:
        done = _run(place, memberships.revoke, person.email)
        if done:
            told.revoked(request, place.bill_group, _member(place, person.email))
        return _("{email} is out.", email=person.email) if done else None

    return _act(request, act)


@in_both_areas("person_restore", request_method="POST")
def restore(request: Any) -> Any:
    """Let somebody in again."""

    def act(place: Place, person: Person) -> Message | None:
        done = _run(place, memberships.restore, person.email)
        if done:
            told.restored(request, place.bill_group, _member(place, person.email))
        return _("{email} may come in again.", email=person.email) if done else None

    return _act(request, act)


@in_both_areas("person_rules", request_method="POST")
def follow_rules(request: Any) -> Any:
    """Let the rules decide about somebody again."""

    def act(place: Place, person: Person) -> Message:
        _run(place, memberships.follow_rules, person.email)
        if person.membership is not None:
            told.follows_rules(request, place.bill_group, person.membership)
        return _("The rule decides about {email} again.", email=person.email)

    return _act(request, act)


@in_both_areas("person_resend", request_method="POST")
def resend(request: Any) -> Any:
    """Send the invitation once more."""

    def act(place: Place, person: Person) -> Message | None:
        member = person.membership
        if not _waits(place, person) or member is None or not place.manager.may_touch(person):
            return None
        _limit(place, "people.resend", member.public_id)
        memberships.note_invitation(member, place.manager, request.clock.now())
        language = person.user.language if person.user is not None else None
        told.invited_again(request, place.bill_group, member, place.manager.signature, language)
        return _("The invitation goes out to {email} again.", email=person.email)

    return _act(request, act)


def _act(request: Any, act: Callable[[Place, Person], Message | None]) -> Any:
    """Do something about the person of the address and go back to the list; a refusal is a note there."""
    place = place_of(request)
    person = _person(place)
    try:
        done = act(place, person)
        if done is not None:
            request.note("good", done)
    except PeopleRefused as refused:
        request.note("bad", refused.message)
    except Problem as problem:
        request.note("bad", problem.messages[""])
    return HTTPSeeOther(place.url("people"))


def _run(place: Place, act: Callable[..., Any], email: str) -> Any:
    now = place.request.clock.now()
    return act(place.request.db, place.bill_group, email, manager=place.manager, now=now)


def _allowed(values: dict[str, Any], act: Callable[..., Any], place: Place, *given: Any, **named: Any) -> Membership:
    """What a service does, its refusals beside the fields that they are about."""
    try:
        member: Membership = act(place.request.db, place.bill_group, *given, now=place.request.clock.now(), **named)
    except PeopleRefused as refused:
        field = FIELDS.get(refused.code, "")
        if refused.code in ("nothing", "lacking"):
            field = "permissions" if values["role"] == OWN else "role"
        raise Problem({field if field in (*values, "email") else "": refused.message}) from None
    return member


def _rights(values: dict[str, Any], offer: Offer, before: Rights | None = None) -> Rights:
    rights = rights_from(values, offer, before)
    if rights.limited_to == frozenset():
        raise Problem({"records": ONE_RECORD})
    return rights


def _email(typed: str) -> str:
    try:
        return canonical_email(typed)
    except ValueError:
        raise Problem({"email": _("Please enter one e-mail address, such as you@company.com")}) from None


def _limit(place: Place, rule: str, key: str) -> None:
    """Count a mail; Problem when there were too many of late."""
    wait = place.request.registry.portal.limits.hit(rule, f"{place.request.tenant.id}:{key}")
    if wait:
        minutes = -(-wait // 60)
        text = plural(
            "Those were many invitations. Please wait {n} minute.",
            "Those were many invitations. Please wait {n} minutes.",
            minutes,
        )
        raise Problem({"": text})


def _no_invitations(place: Place) -> Any:
    place.request.note("bad", _("New people are added by your provider."))
    return HTTPSeeOther(place.url("people"))


def _person(place: Place) -> Person:
    key = place.request.matchdict["person"]
    person = person_by_key(place.request.db, place.bill_group, key, place.request.clock.now())
    if person is None:
        raise HTTPNotFound()
    return person


def _member(place: Place, email: str) -> Membership:
    member = memberships.membership_of(place.request.db, place.bill_group, email)
    assert member is not None
    return member


def _invitation_form(place: Place, offer: Offer) -> Form:
    request = place.request
    languages = [(code, LANGUAGES[code]) for code in offered(request)]
    known = place.bill_group.language
    return create_form(
        request,
        invitation_schema(offer, languages),
        action=place.url("invite"),
        buttons=(Button("invite", _("Send the invitation")),),
        form_id="person",
        appstruct={
            "email": "",
            "name": "",
            "role": "viewer" if any(role.name == "viewer" for role in offer.roles) else OWN,
            "language": known if known in dict(languages) else languages[0][0],
        },
    )


def _rights_form(place: Place, person: Person, offer: Offer) -> Form | None:
    """The form for somebody's rights; None when the reader can't change them."""
    if _why_not(place, person) is not None or person.state == "revoked":
        return None
    return create_form(
        place.request,
        add_rights(colander.MappingSchema(), offer),
        action=place.url("person", person=person.key),
        form_id="person",
        appstruct=values_of(rights_now(person), offer),
    )


def _why_not(place: Place, person: Person) -> Message | None:
    """Why the reader can't do anything about somebody."""
    if person.email == place.manager.email:
        return memberships.MESSAGES["yourself"]
    return None if place.manager.may_touch(person) else memberships.MESSAGES["beyond"]


def _waits(place: Place, person: Person) -> bool:
    """Whether somebody was invited to a portal that is open, and hasn't come yet."""
    return person.state == "invited" and place.bill_group.portal_enabled


def _person_values(place: Place, person: Person, form: Form | None) -> dict[str, Any]:
    rights, powers = rights_now(person), place.manager.powers
    held = powers.of(person.roles, rights.permissions, rights.limited_to)
    member = person.membership
    may_touch = _why_not(place, person) is None
    rule = rule_behind(place.request.db, place.bill_group, person, place.request.clock.now()) if may_touch else None
    return {
        "place": place,
        "person": person,
        "form": form,
        "why_not": _why_not(place, person),
        "state": STATES[person.state],
        "access": access_in_words(person, {p.name: p.label for p in powers.single()}),
        "why": why_in_words(person, console=place.console),
        "may_do": [p.label for p in powers.single() if p.name in held],
        "only": records_in_words(place, rights.limited_to) if rights.limited_to is not None else None,
        "until": last_day(rights.expires_at, place.request.tenant.time_zone),
        "by_rule": member is None,
        "can_revoke": may_touch and person.state != "revoked",
        "can_restore": may_touch and person.state == "revoked",
        "can_resend": may_touch and _waits(place, person),
        "role_name": role_name,
        "other_rule": rule,
    }
