"""Users: the list, and one user with what they reach and why, their sessions, and how they sign in.

Nobody here sees or sets a password, and nobody changes a login address: a user does that alone. What staff can do
for a customer who is locked out is to take the second step away.
"""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from riskportal.contracts.records import RecordRef
from riskportal.identity.directory import (
    STATES,
    Reached,
    WorksHere,
    disable_user,
    enable_user,
    reached_by,
    user_page,
    works_here,
)
from riskportal.identity.models import User
from riskportal.identity.overview import login_of
from riskportal.identity.sessions import end_sessions, revoke, sessions_of
from riskportal.identity.way_back import take_second_step
from riskportal.plug import Message, _, plural
from riskportal.plug.tables import Choice, Column, Table
from riskportal.security.junk import posted
from riskportal.shell.account.devices import device_name
from riskportal.shell.account.told import send_change_by_staff
from riskportal.shell.console.permissions import P
from riskportal.web.roles import role_name

STATE_LABELS = (_("All"), _("Active"), _("Disabled"), _("Team"))
TABLE = Table(
    "core.staff_users",
    _("Users"),
    columns=(
        Column(_("E-mail address"), "email"),
        Column(_("Name")),
        Column(_("Added"), "created", falling=True, kind="date"),
        Column(_("State")),
    ),
    order="email",
    choices=(Choice("state", _("State"), dict(zip(STATES, STATE_LABELS, strict=True))),),
    text=_("Address or name"),
)
TEMPLATES = "riskportal:templates/console/"
# How a bill group stands for a user: tone and word.
REACHED_STATES: dict[str, tuple[str, Message]] = {
    "open": ("good", _("Has access")),
    "off": ("quiet", _("Portal is off")),
    "closed": ("quiet", _("Bill group is closed")),
    "expired": ("wait", _("Expired")),
    "revoked": ("bad", _("Revoked")),
    "outranked": ("quiet", _("Their own rights count")),
}
SESSION_KINDS = {"portal": _("Portal"), "staff": _("Console")}


@view_config(route_name="core.staff_users", request_method="GET", renderer=f"{TEMPLATES}users.jinja2")
def users(request: Any) -> dict[str, Any]:
    """All users of the tenant."""
    asked = request.table(TABLE)
    page = user_page(request.db, asked.text, asked.chosen["state"], asked.at)
    return {"table": asked.show(page, page.rows)}


@view_config(route_name="core.staff_user", request_method="GET", renderer=f"{TEMPLATES}user.jinja2")
def user(request: Any) -> dict[str, Any]:
    """One user, without anything secret."""
    row: User = request.context.record
    now, lifetime = request.clock.now(), request.registry.portal.session_lifetime
    member = works_here(request.db, row)
    return {
        "user": row,
        "staff_role": role_name(member.role) if member is not None else None,
        "reached": [(item, why(item), REACHED_STATES[item.state]) for item in reached_by(request.db, row, now)],
        "sessions": [
            (session, device_name(session.user_agent), SESSION_KINDS[session.kind])
            for session in sessions_of(request.db, row, now, lifetime)
        ],
        "login": login_of(request.db, row),
        "may_write": request.allows(P.USER_WRITE),
        "may_unlock": request.allows(P.USER_UNLOCK) and member is None,
    }


def why(item: Reached) -> Message:
    """What lets somebody into a bill group."""
    if item.rule is not None:
        role = role_name(item.rule.role)
        if item.rule.kind == "domain":
            return _("Rule for everybody at {domain}: {role}", domain=item.rule.value, role=role)
        return _("Rule for this address: {role}", role=role)
    member = item.membership
    assert member is not None
    if member.role is not None:
        held: Message = _("Own rights: {role}", role=role_name(member.role))
    else:
        count = len(member.permissions or ())
        held = plural("Own rights: {n} single permission", "Own rights: {n} single permissions", count)
    if member.limited_to is None:
        return held
    records = len(member.limited_to)
    return plural("{held}, for {n} record only", "{held}, for {n} records only", records, held=held)


@view_config(route_name="core.staff_user_disable", request_method="POST")
def disable(request: Any) -> Any:
    """Keep a user out everywhere, at once."""
    row: User = request.context.record
    try:
        changed = disable_user(request.db, row, request.clock.now())
    except WorksHere:
        return _a_colleague(request, row)
    if changed:
        request.audit("core.user_disabled", record=_ref(row), email=row.email)
        request.note("good", _("{email} is signed out everywhere and can't sign in any more.", email=row.email))
    return HTTPSeeOther(_path(request, row))


@view_config(route_name="core.staff_user_enable", request_method="POST")
def enable(request: Any) -> Any:
    """Let a user in again."""
    row: User = request.context.record
    if enable_user(request.db, row):
        request.audit("core.user_enabled", record=_ref(row), email=row.email)
        request.note("good", _("{email} can sign in again.", email=row.email))
    return HTTPSeeOther(_path(request, row))


@view_config(route_name="core.staff_user_sessions", request_method="POST")
def sessions(request: Any) -> Any:
    """End one session of a user, or all of them."""
    row, now, wanted = request.context.record, request.clock.now(), posted(request, "session")
    if works_here(request.db, row) is not None:
        return _a_colleague(request, row)
    if wanted == "all":
        count = end_sessions(request.db, row, now)
    elif revoke(request.db, row, wanted, now):
        count = 1
    else:
        raise HTTPNotFound()
    if count:
        request.audit("core.user_sessions_ended", record=_ref(row), email=row.email, count=count)
    request.note("good", plural("{n} session ended.", "{n} sessions ended.", count) if count else _("None was open."))
    return HTTPSeeOther(_path(request, row))


@view_config(route_name="core.staff_user_second_step", request_method="GET", renderer=f"{TEMPLATES}unlock.jinja2")
def ask_to_unlock(request: Any) -> Any:
    """What taking the second step away does, before it is done."""
    row: User = request.context.record
    if works_here(request.db, row) is not None:
        return _a_colleague(request, row)
    login = login_of(request.db, row)
    if login.app_at is None and not login.codes_left:
        return _no_second_step(request, row)
    return {"user": row, "login": login}


@view_config(route_name="core.staff_user_second_step", request_method="POST")
def unlock(request: Any) -> Any:
    """Take authenticator app and recovery codes of a customer away. They learn of it at once."""
    row: User = request.context.record
    try:
        taken = take_second_step(request.db, row, request.clock.now())
    except WorksHere:
        return _a_colleague(request, row)
    if not taken:
        return _no_second_step(request, row)
    request.audit("core.user_second_step_taken", record=_ref(row), email=row.email)
    what = _(
        "{provider} has taken the authenticator app and the recovery codes of your login away, and ended all "
        "sessions. The link by e-mail lets you in; then set up an app anew.",
        provider=request.tenant.name,
    )
    send_change_by_staff(request, row, what)
    request.note("good", _("{email} signs in without a second step now, and was told so by mail.", email=row.email))
    return HTTPSeeOther(_path(request, row))


def _a_colleague(request: Any, row: User) -> Any:
    request.note("bad", _("{email} works here. Change that under Team.", email=row.email))
    return HTTPSeeOther(_path(request, row))


def _no_second_step(request: Any, row: User) -> Any:
    request.note("wait", _("{email} has no second step.", email=row.email))
    return HTTPSeeOther(_path(request, row))


def _ref(row: User) -> RecordRef:
    return RecordRef("core.user", row.public_id)


def _path(request: Any, row: User) -> str:
    path: str = request.route_path("core.staff_user", public_id=row.public_id)
    return path
