"""The overview: how safe this login is, what opens it, where it is open now, and who came in lately."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import exception_view_config

from riskportal.identity.history import sign_ins
from riskportal.identity.overview import LastWay, login_of
from riskportal.identity.proofs import ConsoleOnly
from riskportal.plug import _
from riskportal.security.cookies import in_console
from riskportal.shell.account import safety
from riskportal.shell.account.areas import CONSOLE_ONLY, account_path
from riskportal.shell.account.views.sessions import idle_words, open_sessions, past
from riskportal.shell.areas import in_both_areas

RECENT = 5


@in_both_areas("security", request_method="GET", renderer="riskportal:templates/account/security.jinja2")
def security(request: Any) -> dict[str, Any]:
    """One's own login at one glance."""
    login, console = login_of(request.db, request.user), in_console(request)
    # Who works here changes their proofs in the console alone: the portal opens to whoever reads their mail.
    locked = login.works_here and not console
    lifetime = request.registry.portal.session_lifetime
    found = safety.verdict(login, console=console)
    recent = sign_ins(request.db, request.user, request.clock.now(), lifetime, size=RECENT)
    return {
        "verdict": {
            "tone": found.tone,
            "icon": "shield" if found.tone == "good" else "warn",
            "title": found.title,
            "text": found.text,
            "action": found.action,
            "url": account_path(request, found.page) if found.page and not locked else None,
        },
        "ways": safety.ways(request, login, locked=locked),
        "passkeys": login.passkeys,
        "console_url": request.route_path("core.staff_security") if locked else None,
        "sessions": open_sessions(request),
        "idle": idle_words(lifetime.idle),
        "sign_ins": past(recent.items),
    }


@exception_view_config(ConsoleOnly)
def console_only(error: ConsoleOnly, request: Any) -> Any:
    """Somebody who works here came to change a proof in the portal."""
    request.note("wait", CONSOLE_ONLY)
    return HTTPSeeOther(account_path(request, "security"))


@exception_view_config(LastWay)
def last_way(error: LastWay, request: Any) -> Any:
    """Somebody who works here was about to lock themselves out."""
    request.note("bad", _("Not removed: it is your last way into the console. Set up another one first."))
    return HTTPSeeOther(account_path(request, "security"))
