"""The "Customer Portal" page of a bill group: its portal, its link, its rules, its people."""

from __future__ import annotations

from typing import Any

import colander
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from riskportal.clock import local_date
from riskportal.contracts.agreements import IAgreements
from riskportal.customers.models import BillGroup
from riskportal.forms import Button, Form, Problem, create_form, submit
from riskportal.identity import portal_link, preview
from riskportal.identity.domains import why_open
from riskportal.identity.models import AccessRule
from riskportal.identity.people import came_by, has_owner_besides
from riskportal.identity.rules import (
    DOMAIN,
    MESSAGES,
    RuleRefused,
    add_rule,
    added_by,
    change_rule,
    outranked,
    read,
    remove_rule,
    rights_by,
    rule_by_public_id,
    rules_of,
)
from riskportal.identity.stepup import is_fresh
from riskportal.plug import Message, _, plural
from riskportal.security.junk import posted
from riskportal.shell.access import told
from riskportal.shell.access.forms import end_from, rule_schema
from riskportal.shell.access.people_list import people_page
from riskportal.shell.access.permissions import P
from riskportal.shell.access.places import place_of, powers_of
from riskportal.shell.access.preview import preview_form
from riskportal.shell.access.words import is_suspicious, last_day, readable, roles_in_words, warnings_of
from riskportal.web.roles import role_name

PAGE = "riskportal:templates/access/access.jinja2"
RULE = "riskportal:templates/access/rule.jinja2"
SURE = _("Is it really this one? Then confirm it below.")
NAMED = 5  # how many people a sentence names
FIELDS = {"role": "role", "open_owner": "role", "past": "until", "reason": "reason", "gone": "", "changed": ""}


@view_config(route_name="core.staff_access", request_method="GET", renderer=PAGE)
def access_page(request: Any) -> dict[str, Any]:
    """Whether the portal is open, what lets people in, and who they are."""
    return _page(request, _new_rule_form(request))


@view_config(route_name="core.staff_rule_add", request_method="POST", renderer=PAGE)
def add(request: Any) -> Any:
    """Add one rule; the form stays for another one."""
    group: BillGroup = request.context.record

    odd = _odd(request)

    def accept(values: dict[str, Any]) -> Any:
        if odd and values["sure"] != odd:
            raise Problem({"value": f"{_warnings(request, odd)} {request.translate(SURE)}"})
        try:
            rule = add_rule(
                request.db,
                group,
                values["value"],
                values["role"],
                now=request.clock.now(),
                expires_at=end_from(values["until"], request.tenant.time_zone),
                override_reason=values.get("reason"),
                may_override=request.allows(P.OVERRIDE),
            )
        except RuleRefused as refused:
            raise Problem({FIELDS.get(refused.code, "value"): refused.message}) from None
        told.rule_added(request, group, rule)
        words = {"rule": readable(rule.value), "role": role_name(rule.role)}
        opened = _("{rule} gets in as {role}.", **words)
        request.note(
            "good", opened if group.portal_enabled else _("{rule} gets in as {role} once the portal is on.", **words)
        )
        return HTTPSeeOther(f"{_url(request, 'core.staff_access')}#rules")

    return submit(request, _new_rule_form(request), accept, on_error=lambda form: _page(request, form))


@view_config(route_name="core.staff_rule", request_method="GET", renderer=RULE)
def rule_page(request: Any) -> dict[str, Any]:
    """One rule: its role and its end, and taking it away."""
    rule = _rule(request)
    return _rule_values(request, rule, _rule_form(request, rule))


@view_config(route_name="core.staff_rule", request_method="POST", renderer=RULE)
def change(request: Any) -> Any:
    """Give a rule another role or end."""
    rule = _rule(request)

    def accept(values: dict[str, Any]) -> Any:
        try:
            before = change_rule(
                request.db,
                rule,
                role=values["role"],
                expires_at=end_from(values["until"], request.tenant.time_zone, rule.expires_at),
                now=request.clock.now(),
                seen=values["seen"],
            )
        except RuleRefused as refused:
            if refused.code == "changed":
                form.set_appstruct(_shown(request, rule))
            raise Problem({FIELDS.get(refused.code, ""): refused.message}) from None
        if before is not None:
            told.rule_changed(request, request.context.record, rule, before)
        request.note("good", _("Saved the rule for {rule}.", rule=rule.value))
        return HTTPSeeOther(_url(request, "core.staff_access"))

    form = _rule_form(request, rule)
    return submit(request, form, accept, on_error=lambda form: _rule_values(request, rule, form))


@view_config(route_name="core.staff_rule_remove", request_method="POST")
def remove(request: Any) -> Any:
    """Take a rule away: who came in by it is out at their next click."""
    rule = _rule(request)
    try:
        remove_rule(request.db, rule)
    except RuleRefused as refused:
        request.note("bad", refused.message)
    else:
        told.rule_removed(request, request.context.record, rule)
        request.note("good", _("{rule} lets nobody in any more.", rule=rule.value))
    return HTTPSeeOther(_url(request, "core.staff_access"))


@view_config(route_name="core.staff_portal", request_method="POST")
def switch_portal(request: Any) -> Any:
    """Switch the portal on or off."""
    group: BillGroup = request.context.record
    wanted = posted(request, "portal")
    if wanted == "open":
        _open(request, group)
    elif wanted == "close":
        if portal_link.close_portal(group):
            told.portal_changed(request, group, "core.portal_closed")
        request.note("good", _("The portal is off. Nobody gets in until you switch it on again."))
    else:
        raise HTTPNotFound()
    return HTTPSeeOther(_url(request, "core.staff_access"))


def _open(request: Any, group: BillGroup) -> None:
    try:
        if portal_link.open_portal(request.db, group, _has_contract(request, group)):
            told.portal_changed(request, group, "core.portal_opened")
        request.note("good", _("The portal is on."))
    except portal_link.PortalRefused as refused:
        request.note("bad", refused.message)


@view_config(route_name="core.staff_portal_link", request_method="POST")
def rotate(request: Any) -> Any:
    """Make a new portal link."""
    group: BillGroup = request.context.record
    portal_link.rotate_link(request.db, group)
    told.portal_changed(request, group, "core.portal_link_rotated")
    request.note("good", _("The portal has a new link. The old one leads nowhere any more."))
    return HTTPSeeOther(_url(request, "core.staff_access"))


def _prove_url(request: Any) -> str:
    """Where to prove who one is before typing anything: a rule sent with an old proof would be lost."""
    here = f"{_url(request, 'core.staff_access')}#rules"
    return str(request.route_path("core.staff_prove", _query={"next": here}))


def _has_contract(request: Any, group: BillGroup) -> bool | None:
    agreements = request.contract(IAgreements)
    return None if agreements is None else agreements.has_active(group.id)


def _add_url(request: Any, group: BillGroup) -> str | None:
    """Where a contract is added, when that is what is missing and the reader may."""
    agreements = request.contract(IAgreements)
    return None if agreements is None else agreements.add_url(group.public_id)


def _page(request: Any, form: Form | None) -> dict[str, Any]:
    group: BillGroup = request.context.record
    may_write, now = request.allows(P.WRITE), request.clock.now()
    rules = rules_of(request.db, group)
    why_not = None if group.portal_enabled else portal_link.why_not_open(group, _has_contract(request, group))
    names, decided = added_by(request.db, rules), outranked(request.db, group, rules)
    place = place_of(request)
    proved = is_fresh(request.identity.session, now, sending=True)
    may_preview = request.allows(preview.PERMISSION) and group.state == "active"
    return {
        "group": group,
        "form": form if may_write and proved else None,
        "prove_url": _prove_url(request) if may_write and not proved else None,
        "may_write": may_write,
        "rules": [_row(request, rule, names.get(rule.public_id)) for rule in rules],
        "outranked": decided,
        "portal_url": f"{request.tenant.base_url}{request.route_path('core.join', portal_token=group.portal_token)}",
        "why_not_open": portal_link.MESSAGES[why_not] if why_not else None,
        "add_url": _add_url(request, group) if why_not == "no_contract" else None,
        "roles": roles_in_words(powers_of(request)),
        "no_owner": bool(rules) and not has_owner_besides(request.db, group, "", now),
        "invite_url": place.url("invite") if may_write and group.portal_enabled else None,
        "preview_form": preview_form(request, group, tone="plain") if may_preview else None,
        **people_page(place, linked=may_write),
    }


def _warnings(request: Any, value: str) -> str:
    return " ".join(request.translate(text) for text in warnings_of(value))


def _row(request: Any, rule: AccessRule, added_by: str | None) -> dict[str, Any]:
    return {
        "rule": rule,
        "role": role_name(rule.role),
        "until": last_day(rule.expires_at, request.tenant.time_zone),
        "over": rule.expires_at is not None and rule.expires_at <= request.clock.now(),
        "warnings": _warnings(request, rule.value),
        "suspicious": is_suspicious(rule.value),
        "added_on": local_date(rule.created_at, request.tenant.time_zone),
        "added_by": added_by,
        "url": _url(request, "core.staff_rule", rule=rule.public_id),
    }


def _new_rule_form(request: Any) -> Form:
    asked = request.method == "POST" and request.allows(P.OVERRIDE)
    domain = _open_domain(request) if asked else None
    schema = rule_schema(
        roles_in_words(powers_of(request)),
        with_value=True,
        with_reason=domain is not None or (asked and "reason" in request.POST),
        reason_needed=_(MESSAGES["reason"].msgid, value=domain) if domain else None,
        odd=_odd(request),
    )
    return create_form(
        request,
        schema,
        action=_url(request, "core.staff_rule_add"),
        buttons=(Button("add", _("Add")),),
        form_id="rule",
        appstruct={"value": "", "role": "viewer"},
    )


def _open_domain(request: Any) -> str | None:
    """The posted domain, if anybody gets an address under it: then an owner is asked why."""
    kind, value = _posted_value(request)
    return value if kind == DOMAIN and why_open(value) is not None else None


def _odd(request: Any) -> str:
    """The posted domain of a new rule, if it may be mistaken for another one: then it has to be confirmed."""
    domain = _posted_value(request)[1].rpartition("@")[2] if request.method == "POST" else ""
    return domain if is_suspicious(domain) else ""


def _posted_value(request: Any) -> tuple[str, str]:
    try:
        return read(posted(request, "value"))
    except RuleRefused:
        return "", ""


def _rule_form(request: Any, rule: AccessRule) -> Form:
    schema = rule_schema(roles_in_words(powers_of(request)), with_value=False, with_reason=False)
    return create_form(
        request,
        schema,
        action=_url(request, "core.staff_rule", rule=rule.public_id),
        form_id="rule",
        appstruct=_shown(request, rule),
    )


def _shown(request: Any, rule: AccessRule) -> dict[str, Any]:
    until = last_day(rule.expires_at, request.tenant.time_zone)
    return {"seen": rights_by(rule).mark, "role": rule.role, "until": until or colander.null}


def _rule_values(request: Any, rule: AccessRule, form: Form) -> dict[str, Any]:
    return {
        "group": request.context.record,
        "form": form,
        "removal": _removal(request, rule),
        **_row(request, rule, added_by(request.db, [rule]).get(rule.public_id)),
    }


def _removal(request: Any, rule: AccessRule) -> Message:
    """Who is out once the rule is gone."""
    if rule.kind != DOMAIN:
        return _("{email} is out at their next click.", email=rule.value)
    persons, more = came_by(request.db, request.context.record, rule, request.clock.now())
    count = len(persons)
    if more:
        return _("More than {n} people came in by it and are out at their next click.", n=count)
    if not count:
        return _("Nobody has come in by it yet.")
    names = ", ".join(person.email for person in persons[:NAMED]) + (", …" if count > NAMED else "")
    return plural(
        "{n} person came in by it and is out at their next click: {names}.",
        "{n} people came in by it and are out at their next click: {names}.",
        count,
        names=names,
    )


def _rule(request: Any) -> AccessRule:
    rule = rule_by_public_id(request.db, request.context.record, request.matchdict["rule"])
    if rule is None:
        raise HTTPNotFound()
    return rule


def _url(request: Any, route: str, **parts: Any) -> str:
    return str(request.route_path(route, public_id=request.matchdict["public_id"], **parts))
