"""The door of the console: a passkey, or a password and then the code of an authenticator app. Never a mail."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from riskportal.forms import Button, create_form, submit
from riskportal.identity.sessions import revoke
from riskportal.plug import _
from riskportal.security import cookies
from riskportal.security.redirects import local_path
from riskportal.shell.account.offer import offer
from riskportal.shell.signin.checking import checked
from riskportal.shell.signin.enter import enter
from riskportal.shell.signin.hints import demo_staff
from riskportal.shell.signin.words import password_schema

PAGE = "riskportal:templates/signin/staff.jinja2"


@view_config(route_name="core.staff_sign_in", request_method="GET", renderer=PAGE)
def staff_page(request: Any) -> dict[str, Any]:
    """Passkey and password."""
    target = local_path(request.GET.get("next")) or ""
    return _values(request, _form(request, target), target)


@view_config(route_name="core.staff_sign_in", request_method="POST", renderer=PAGE)
def staff_password(request: Any) -> Any:
    """The password; the second step follows on a page of its own."""

    def accept(values: dict[str, str]) -> Any:
        user = checked(request, values["email"], values["password"], "staff")
        return enter(request, user, method="password", next_path=local_path(values["next"]), kind="staff")

    return submit(request, _form(request, ""), accept, on_error=lambda form: _values(request, form, ""))


@view_config(route_name="core.staff_sign_out", request_method="POST")
def staff_sign_out(request: Any) -> Any:
    """End the console's session at once, on the server; one in the portal stays."""
    response = HTTPSeeOther(request.route_path("core.staff_sign_in"))
    if request.user is not None:
        revoke(request.db, request.user, request.identity.session.public_id, request.clock.now())
        request.audit("core.signed_out", email=request.user.email)
        cookies.drop(request, response, cookies.STAFF)
        cookies.renew_browser(request)
        request.note("good", _("You are signed out."))
    return response


def _values(request: Any, form: Any, target: str) -> dict[str, Any]:
    return {"form": form, "offer": offer(request), "next_path": target, "demo_staff": demo_staff(request)}


def _form(request: Any, next_path: str) -> Any:
    return create_form(
        request,
        password_schema(),
        action=request.route_path("core.staff_sign_in"),
        # One primary action a page: the passkey's where there is one.
        buttons=(Button("enter", _("Sign in"), tone="plain" if offer(request).available else ""),),
        form_id="password",
        appstruct={"email": "", "next": next_path},
    )
