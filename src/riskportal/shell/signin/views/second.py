"""The second step, in portal and console: the code of an authenticator app, or a recovery code."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from riskportal.forms import Button, Problem, create_form, submit
from riskportal.identity import recovery, second_step
from riskportal.identity.models import PendingSignIn
from riskportal.plug import _, plural
from riskportal.security import cookies, limits
from riskportal.shell.signin.enter import arrive, note
from riskportal.shell.signin.hints import hint
from riskportal.shell.signin.words import WRONG_CODE, code_schema

PAGE = "riskportal:templates/signin/second.jinja2"
KINDS = {"core.second": "portal", "core.staff_second": "staff"}
DOORS = {"portal": "core.sign_in", "staff": "core.staff_sign_in"}


@view_config(route_name="core.second", request_method="GET", renderer=PAGE)
@view_config(route_name="core.staff_second", request_method="GET", renderer=PAGE)
def second_page(request: Any) -> dict[str, Any]:
    """The field for the code, as long as this browser has a sign-in that waits for it."""
    return _values(request, _form(request))


@view_config(route_name="core.second", request_method="POST", renderer=PAGE)
@view_config(route_name="core.staff_second", request_method="POST", renderer=PAGE)
def second(request: Any) -> Any:
    """Compare and come in."""
    limits.check(request, "second.network", limits.network_of(request.remote_addr))

    def accept(values: dict[str, str]) -> Any:
        pending = _pending(request)
        if pending is None:
            return HTTPSeeOther(request.path)
        limits.check(request, "second.user", str(pending.user_id))
        return _try(request, pending, values["code"])

    return submit(request, _form(request), accept, on_error=lambda form: _values(request, form))


def _try(request: Any, pending: PendingSignIn, typed: str) -> Any:
    now, secret, user = request.clock.now(), request.registry.portal.secret, pending.user
    how = second_step.try_code(request.db, pending, typed, secret, now)
    if how is None:
        note(request, "core.sign_in_failed", user, pending.kind, email=user.email)
        raise Problem({"code": WRONG_CODE}, keep=True)
    if second_step.finish(request.db, pending, now) is None:
        return HTTPSeeOther(request.path)
    if how == "recovery":
        _count_down(request, pending)
    return arrive(request, user, method=pending.method, next_path=pending.next_path, kind=pending.kind)


def _count_down(request: Any, pending: PendingSignIn) -> None:
    """A recovery code is gone: say how many are left."""
    left = recovery.left(request.db, pending.user)
    note(request, "core.recovery_code_used", pending.user, pending.kind, email=pending.user.email, left=left)
    request.note(
        "wait",
        plural(
            "You have used a recovery code; {n} is left. Make new ones under Security.",
            "You have used a recovery code; {n} are left. Make new ones under Security.",
            left,
        ),
    )


def _pending(request: Any) -> PendingSignIn | None:
    kind = KINDS[request.matched_route.name]
    return second_step.pending_of(request.db, cookies.browser_token(request), kind, request.clock.now())


def _values(request: Any, form: Any) -> dict[str, Any]:
    pending = _pending(request)
    door = request.route_path(DOORS[KINDS[request.matched_route.name]])
    return {"pending": pending, "form": form, "door": door, "hint": hint(request, pending.user if pending else None)}


def _form(request: Any) -> Any:
    return create_form(request, code_schema(), buttons=(Button("enter", _("Sign in")),), form_id="second")
