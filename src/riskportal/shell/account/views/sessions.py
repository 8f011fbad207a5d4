"""One's own sessions: where one is signed in, and ending that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from riskportal.identity.sessions import revoke, revoke_others, sessions_of
from riskportal.plug import Message, _, plural
from riskportal.security.junk import posted
from riskportal.shell.account.devices import device_name


@view_config(
    route_name="core.security", request_method="GET", renderer="riskportal:templates/account/security.jinja2"
)
def security(request: Any) -> dict[str, Any]:
    """The user's living sessions, this one marked."""
    current = request.identity.session
    lifetime = request.registry.portal.session_lifetime
    rows = sessions_of(request.db, request.user, request.clock.now(), lifetime)
    return {
        "sessions": [(row, device_name(row.user_agent), row.id == current.id) for row in rows],
        "idle": _idle_words(lifetime.idle),
    }


def _idle_words(idle: timedelta) -> Message:
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


@view_config(route_name="core.revoke", request_method="POST")
def end_sessions(request: Any) -> Any:
    """End one session by its public id, or all others."""
    now, user, current = request.clock.now(), request.user, request.identity.session
    wanted = posted(request, "session")
    if wanted == "others":
        count = revoke_others(request.db, user, current.id, now)
    elif revoke(request.db, user, wanted, now):
        count = 1
    else:
        raise HTTPNotFound()
    request.audit("core.session_revoked", email=user.email, count=count)
    request.note(
        "good",
        plural("{n} session ended.", "{n} sessions ended.", count) if count else _("No other session was open."),
    )
    return HTTPSeeOther(request.route_path("core.security", bill_group=request.bill_group.public_id))
