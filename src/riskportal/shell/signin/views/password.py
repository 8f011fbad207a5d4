"""Sign-in to the portal with a password, for those who have set one."""

from __future__ import annotations

from typing import Any

from pyramid.view import view_config

from riskportal.forms import Button, create_form, submit
from riskportal.plug import _
from riskportal.security.redirects import local_path
from riskportal.shell.signin.checking import checked
from riskportal.shell.signin.enter import enter
from riskportal.shell.signin.words import password_schema

PAGE = "riskportal:templates/signin/password.jinja2"


@view_config(route_name="core.password", request_method="GET", renderer=PAGE)
def password_page(request: Any) -> dict[str, Any]:
    """Address and password."""
    return {"form": _form(request, local_path(request.GET.get("next")) or "")}


@view_config(route_name="core.password", request_method="POST", renderer=PAGE)
def password(request: Any) -> Any:
    """Compare; the answer is the same for every address."""

    def accept(values: dict[str, str]) -> Any:
        user = checked(request, values["email"], values["password"], "portal")
        return enter(request, user, method="password", next_path=local_path(values["next"]))

    return submit(request, _form(request, ""), accept)


def _form(request: Any, next_path: str) -> Any:
    return create_form(
        request,
        password_schema(),
        action=request.route_path("core.password"),
        buttons=(Button("enter", _("Sign in")),),
        form_id="password",
        appstruct={"email": "", "next": next_path},
    )
