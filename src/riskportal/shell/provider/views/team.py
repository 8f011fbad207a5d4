"""The team: who works here, in which role, and how they sign in."""

from __future__ import annotations

from typing import Any

import colander
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from riskportal.contracts.records import RecordRef
from riskportal.forms import Button, Form, Problem, create_form, submit
from riskportal.identity.addresses import canonical_email
from riskportal.identity.sessions import sessions_of
from riskportal.identity.staff import (
    RECORD_KIND,
    TeamRefused,
    add_colleague,
    change_role,
    check_touch,
    end_console,
    remove_colleague,
    team,
)
from riskportal.plug import _, plural
from riskportal.shell.account.devices import device_name
from riskportal.shell.provider.forms import colleague_schema, role_node
from riskportal.shell.provider.history import history_of
from riskportal.shell.provider.permissions import P
from riskportal.shell.provider.team_rules import chief, givable_roles, may_touch, refusal
from riskportal.shell.signin.staff_links import send_setup
from riskportal.web.roles import role_name

TEMPLATES = "riskportal:templates/provider/"


@view_config(route_name="core.staff_team", request_method="GET", renderer=TEMPLATES + "team.jinja2")
def show_team(request: Any) -> dict[str, Any]:
    """Everybody who works here."""
    people = team(request.db)
    return {
        "people": [(one, role_name(one.member.role)) for one in people],
        "may_write": request.allows(P.TEAM_WRITE) and bool(givable_roles(request)),
    }


@view_config(route_name="core.staff_team_add", request_method="GET", renderer=TEMPLATES + "team_add.jinja2")
def ask_for_colleague(request: Any) -> dict[str, Any]:
    return {"form": _new_form(request)}


@view_config(route_name="core.staff_team_add", request_method="POST", renderer=TEMPLATES + "team_add.jinja2")
def add(request: Any) -> Any:
    """A new colleague, who is sent a link to set up their sign-in."""

    def save(data: dict[str, str]) -> Any:
        email, now = canonical_email(data["email"]), request.clock.now()
        try:
            user = add_colleague(request.db, chief(request, P.TEAM_WRITE), email, data["role"], data["name"], now)
        except TeamRefused as refused:
            raise Problem({"role" if refused.code == "beyond" else "email": refusal(refused)}) from None
        send_setup(request, user)
        ref = RecordRef(RECORD_KIND, user.public_id)
        request.audit("core.staff_added", record=ref, email=email, role=data["role"])
        request.note(
            "good", _("{email} was sent a link to set up their sign-in. It works for 24 hours.", email=email)
        )
        return HTTPSeeOther(request.route_path("core.staff_team"))

    return submit(request, _new_form(request), save)


def _new_form(request: Any) -> Form:
    button = Button("save", _("Add and send the link"))
    return create_form(request, colleague_schema(givable_roles(request)), buttons=(button,), form_id="colleague")


@view_config(route_name="core.staff_member", request_method="GET", renderer=TEMPLATES + "member.jinja2")
def show_member(request: Any) -> dict[str, Any]:
    """One colleague: role, ways to sign in, open sessions, what happened to them."""
    one = request.context.record
    now, lifetime = request.clock.now(), request.registry.portal.session_lifetime
    open_ones = [row for row in sessions_of(request.db, one.user, now, lifetime) if row.kind == "staff"]
    touch = request.allows(P.TEAM_WRITE) and may_touch(request, one.member.role, one.user.id)
    ref = RecordRef(RECORD_KIND, one.user.public_id)
    return {
        "one": one,
        "role": role_name(one.member.role),
        "sessions": [(row, device_name(row.user_agent)) for row in open_ones],
        "may_touch": touch,
        "mine": one.user.id == request.user.id,
        "history": history_of(request, ref) if request.allows(P.AUDIT_READ) else None,
    }


@view_config(route_name="core.staff_member_role", request_method="GET", renderer=TEMPLATES + "member_role.jinja2")
def ask_for_role(request: Any) -> Any:
    """The choice of another role; the colleague's page says why there is none."""
    one = request.context.record
    if not may_touch(request, one.member.role, one.user.id):
        return _back(request)
    return {"one": one, "form": _role_form(request)}


@view_config(route_name="core.staff_member_role", request_method="POST", renderer=TEMPLATES + "member_role.jinja2")
def save_role(request: Any) -> Any:
    """Another role; it holds from the colleague's next click."""
    one = request.context.record

    def save(data: dict[str, str]) -> Any:
        try:
            before = change_role(request.db, chief(request, P.TEAM_WRITE), one.user, data["role"])
        except TeamRefused as refused:
            raise Problem({"role": refusal(refused)}) from None
        if before != data["role"]:
            _audit(request, "core.staff_role_changed", role=data["role"], former=before)
        request.note("good", _("Saved.") if before != data["role"] else _("Nothing has changed."))
        return _back(request)

    return submit(request, _role_form(request), save, on_error=lambda form: {"one": one, "form": form})


def _role_form(request: Any) -> Form:
    schema = colander.MappingSchema()
    schema.add(role_node(givable_roles(request)))
    shown = {"role": request.context.record.member.role}
    return create_form(request, schema, form_id="role", appstruct=shown)


@view_config(route_name="core.staff_member_link", request_method="POST")
def send_link(request: Any) -> Any:
    """A new set-up link for somebody who has none, or who lost what they signed in with."""
    one = request.context.record
    try:
        check_touch(request.db, chief(request, P.TEAM_WRITE), one.user)
    except TeamRefused as refused:
        return _refused(request, refused)
    send_setup(request, one.user)
    _audit(request, "core.staff_link_sent")
    request.note("good", _("{email} was sent a new set-up link. It works for 24 hours.", email=one.user.email))
    return _back(request)


@view_config(route_name="core.staff_member_sessions", request_method="POST")
def end_sessions(request: Any) -> Any:
    """Sign a colleague out of the console everywhere."""
    one = request.context.record
    try:
        check_touch(request.db, chief(request, P.TEAM_WRITE), one.user)
    except TeamRefused as refused:
        return _refused(request, refused)
    count = end_console(request.db, one.user, request.clock.now())
    _audit(request, "core.staff_sessions_ended", count=count)
    request.note("good", plural("{n} session ended.", "{n} sessions ended.", count))
    return _back(request)


@view_config(route_name="core.staff_member_remove", request_method="GET", renderer=TEMPLATES + "member_remove.jinja2")
def ask_to_remove(request: Any) -> Any:
    """What removing a colleague does, before it is done; the colleague's page says why they have to stay."""
    one = request.context.record
    if not may_touch(request, one.member.role, one.user.id):
        return _back(request)
    return {"one": one, "role": role_name(one.member.role)}


@view_config(route_name="core.staff_member_remove", request_method="POST")
def remove(request: Any) -> Any:
    """End a colleague's work here: their sessions end at once."""
    one = request.context.record
    try:
        role = remove_colleague(request.db, chief(request, P.TEAM_WRITE), one.user, request.clock.now())
    except TeamRefused as refused:
        return _refused(request, refused)
    _audit(request, "core.staff_removed", role=role)
    request.note("good", _("{name} no longer works here.", name=one.user.name or one.user.email))
    return HTTPSeeOther(request.route_path("core.staff_team"))


def _audit(request: Any, code: str, **data: Any) -> None:
    user = request.context.record.user
    request.audit(code, record=RecordRef(RECORD_KIND, user.public_id), email=user.email, **data)


def _refused(request: Any, refused: TeamRefused) -> Any:
    request.note("bad", refusal(refused))
    return _back(request)


def _back(request: Any) -> Any:
    return HTTPSeeOther(request.route_path("core.staff_member", public_id=request.matchdict["public_id"]))
