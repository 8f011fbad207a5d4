"""One's own sessions: where one is signed in, ending that, and every sign-in of the last 90 days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther

from riskportal.identity.history import SignIn, sign_ins
from riskportal.identity.models import UserSession
from riskportal.identity.sessions import revoke, revoke_others, sessions_of
from riskportal.plug import Message, _, plural
from riskportal.security.junk import posted
from riskportal.shell.account.areas import account_path
from riskportal.shell.account.devices import device_name
from riskportal.shell.areas import in_both_areas

METHODS: dict[str, Message] = {
    "link": _("Link by e-mail"),
    "code": _("Code by e-mail"),
    "password": _("Password"),
    "passkey": _("Passkey"),
    "setup": _("Set-up link"),
}
ENDS: dict[str, Message] = {
    "open": _("Still open"),
    "ended": _("Signed out"),
    "idle": _("Ended unused"),
    "old": _("Time was over"),
}


def open_sessions(request: Any) -> list[dict[str, Any]]:
    """The user's living sessions for a template, this one first."""
    current = request.identity.session
    rows = sessions_of(request.db, request.user, request.clock.now(), request.registry.portal.session_lifetime)
    shown = [
        {"row": row, "device": device_name(row.user_agent), "method": method_of(row), "current": row.id == current.id}
        for row in rows
    ]
    return sorted(shown, key=lambda session: not session["current"])


def past(items: list[SignIn]) -> list[dict[str, Any]]:
    """Sign-ins for a template."""
    return [
        {
            "row": item.session,
            "device": device_name(item.session.user_agent),
            "method": method_of(item.session),
            "new_device": item.new_device,
            "open": item.ended_at is None,
            "end": ENDS[item.end],
            "ended_at": item.ended_at,
        }
        for item in items
    ]


def method_of(session: UserSession) -> Message | str:
    """How the person came in."""
    return METHODS.get(session.method, session.method)


def idle_words(idle: timedelta) -> Message:
    """How a session ends by itself; in hours unless they make whole days."""
    hours = idle // timedelta(hours=1)
    if hours % 24:
        return plural(
            "A session ends automatically after {n} hour without a visit.",
            "A session ends automatically after {n} hours without a visit.",
            hours,
        )
    return plural(
        "A session ends automatically after {n} day without a visit.",
        "A session ends automatically after {n} days without a visit.",
        hours // 24,
    )


@in_both_areas("sign_ins", request_method="GET", renderer="riskportal:templates/account/sign_ins.jinja2")
def history(request: Any) -> dict[str, Any]:
    """Every sign-in of the last 90 days, newest first."""
    lifetime = request.registry.portal.session_lifetime
    page = sign_ins(request.db, request.user, request.clock.now(), lifetime, request.GET.get("at"))
    return {
        "sign_ins": past(page.items),
        "newer": account_path(request, "sign_ins", _query={"at": page.before}) if page.before else None,
        "older": account_path(request, "sign_ins", _query={"at": page.after}) if page.after else None,
    }


@in_both_areas("revoke", request_method="POST")
def end_sessions(request: Any) -> Any:
    """End one session by its public id, or all others."""
    now, user, current = request.clock.now(), request.user, request.identity.session
    wanted = posted(request, "session")
    if wanted == "others":
        living = sessions_of(request.db, user, now, request.registry.portal.session_lifetime)
        count = sum(1 for row in living if row.id != current.id)
        revoke_others(request.db, user, current.id, now)
    elif revoke(request.db, user, wanted, now):
        count = 1
    else:
        raise HTTPNotFound()
    if count:
        request.audit("core.session_revoked", email=user.email, count=count)
    request.note(
        "good",
        plural("{n} session ended.", "{n} sessions ended.", count) if count else _("No other session was open."),
    )
    return HTTPSeeOther(account_path(request, "security"))
