"""Sign-in without a password. The rules are in `identity.signin`; these are its pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import colander
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.view import view_config

from riskportal.demo.users import DEMO_USERS
from riskportal.forms import Button, Form, Problem, create_form, length, submit
from riskportal.forms.widgets import CodeWidget
from riskportal.identity import signin
from riskportal.identity.access import bill_group_of_portal_link
from riskportal.identity.models import SignInRequest
from riskportal.identity.sessions import revoke
from riskportal.identity.users import find_user
from riskportal.plug import _
from riskportal.security import cookies, limits
from riskportal.security.headers import hide_address
from riskportal.security.junk import posted
from riskportal.security.redirects import local_path
from riskportal.shell.account.offer import offer
from riskportal.shell.signin.checking import counted_as
from riskportal.shell.signin.enter import enter
from riskportal.shell.signin.hints import demo_staff
from riskportal.shell.signin.words import address_field, check_address, next_field

WRONG_CODE = _("That code is not right. Compare it with the newest mail, or have a new one sent.")
# What the button for another mail to the same address says of itself.
AGAIN = "again"


class SignInSchema(colander.MappingSchema):
    """One address, and where to go afterwards."""

    email = address_field(description=_("The address your provider knows, for example you@company.com"))
    next = next_field()

    def validator(self, node: Any, values: dict[str, str]) -> None:
        check_address(node, values)


class CodeSchema(colander.MappingSchema):
    """The code from the mail."""

    code = colander.SchemaNode(
        colander.String(),
        title=_("Code from the mail"),
        validator=length(40),
        widget=CodeWidget(),
    )


@view_config(route_name="core.sign_in", request_method="GET", renderer="riskportal:templates/signin/ask.jinja2")
def ask_page(request: Any) -> dict[str, Any]:
    """The address field; offers the demo users when this is a demo."""
    target = local_path(request.GET.get("next")) or ""
    return _ask_values(request, _ask_form(request, target), target)


@view_config(route_name="core.sign_in", request_method="POST", renderer="riskportal:templates/signin/ask.jinja2")
def ask(request: Any) -> Any:
    """Take an address; the answer is the same for every address."""
    limits.check_all(request, "sign_in")
    form = _ask_form(request, "")

    def accept(values: dict[str, str]) -> Any:
        email = values["email"]
        limits.check(request, "sign_in.address", counted_as(request, email, find_user(request.db, email)))
        asked = _ask_for(request, email, local_path(values["next"]))
        request.enqueue("core.send_sign_in", request_id=asked.id)
        if posted(request, "send") == AGAIN:
            request.note("good", _("A new mail was asked for. Link and code of the older one no longer work."))
        return HTTPSeeOther(request.route_path("core.check"))

    return submit(request, form, accept, on_error=lambda form: _ask_values(request, form))


@view_config(route_name="core.check", request_method="GET", renderer="riskportal:templates/signin/check.jinja2")
def check_page(request: Any) -> dict[str, Any]:
    """ "Check your e-mail", and the field for the code."""
    return _check_values(request, _code_form(request))


@view_config(route_name="core.check", request_method="POST", renderer="riskportal:templates/signin/check.jinja2")
def check(request: Any) -> Any:
    """Come in with the code, in the browser that asked."""
    _limit_tries(request)
    return _try_code(request, _by_browser(request), lambda form: _check_values(request, form))


@view_config(route_name="core.confirm", request_method="GET", renderer="riskportal:templates/signin/confirm.jinja2")
def confirm_page(request: Any) -> Any:
    """A link was opened. Looking changes nothing: only the pressed button signs in."""
    _limit_tries(request)
    hide_address(request)
    asked = _by_link(request)
    if asked is None:
        return _over(request)
    same = signin.asked_by(asked, cookies.browser_token(request))
    known = find_user(request.db, asked.email) is not None
    return {"asked": asked, "same_browser": same, "known": known, "form": None if same else _code_form(request)}


@view_config(route_name="core.confirm", request_method="POST", renderer="riskportal:templates/signin/confirm.jinja2")
def confirm(request: Any) -> Any:
    """The button was pressed. Another browser than the one that asked needs the code as well."""
    _limit_tries(request)
    asked = _by_link(request)
    if asked is None:
        return _over(request)
    if not signin.asked_by(asked, cookies.browser_token(request)):
        hide_address(request)
        return _try_code(request, asked, lambda form: {"same_browser": False, "form": form})
    return _enter(request, asked)


@view_config(route_name="core.sign_out", request_method="POST")
def sign_out(request: Any) -> Any:
    """End the session at once, on the server."""
    response = HTTPSeeOther(request.route_path("core.sign_in"))
    if request.user is not None:
        session = request.identity.session
        revoke(request.db, request.user, session.public_id, request.clock.now())
        request.audit("core.signed_out", email=request.user.email)
        cookies.drop(request, response, cookies.SESSION)
        cookies.renew_browser(request)
        request.note("good", _("You are signed out."))
    return response


@view_config(route_name="core.join", request_method="GET")
def join(request: Any) -> Any:
    """A bill group's portal link leads to sign-in, and from there to that bill group."""
    limits.check(request, "public", limits.network_of(request.remote_addr))
    group = bill_group_of_portal_link(request.db, request.matchdict["portal_token"])
    if group is None:
        raise HTTPNotFound()
    home = request.route_path("core.home", bill_group=group.public_id)
    return HTTPSeeOther(request.route_path("core.sign_in", _query={"next": home}))


def _ask_form(request: Any, next_path: str) -> Any:
    return create_form(
        request,
        SignInSchema,
        action=request.route_path("core.sign_in"),
        buttons=(Button("send", _("Send the link")),),
        form_id="sign-in",
        appstruct={"email": "", "next": next_path},
    )


def _ask_values(request: Any, form: Any, target: str = "") -> dict[str, Any]:
    demo = request.registry.portal.settings["demo"]
    hosts = request.host.partition(":")[0]
    users = [user for user in DEMO_USERS if hosts in user.hosts] if demo else []
    return {
        "form": form,
        "offer": offer(request),
        "next_path": target,
        "demo_users": users,
        "demo_staff": demo_staff(request),
    }


def _ask_for(request: Any, email: str, next_path: str | None) -> SignInRequest:
    browser = cookies.browser_token(request)
    return signin.ask(request.db, email, browser, request.locale_name, next_path, request.clock.now())


def _code_form(request: Any) -> Any:
    button = Button("enter", _("Sign in"))
    return create_form(request, CodeSchema, action=request.path, buttons=(button,), form_id="code")


def _limit_tries(request: Any) -> None:
    limits.check(request, "sign_in.confirm", limits.network_of(request.remote_addr))


def _check_values(request: Any, form: Form) -> dict[str, Any]:
    return {
        "asked": _by_browser(request),
        "form": form,
        "again": AGAIN,
        "demo": request.registry.portal.settings["demo"],
    }


def _by_browser(request: Any) -> SignInRequest | None:
    return signin.by_browser(request.db, cookies.browser_token(request), request.clock.now())


def _by_link(request: Any) -> SignInRequest | None:
    return signin.by_token(request.db, request.matchdict["token"], request.clock.now())


def _try_code(request: Any, asked: SignInRequest | None, on_error: Callable[[Form], Any]) -> Any:
    """Sign in with the posted code, or say at its field that it is wrong; the try is counted either way."""

    def accept(values: dict[str, str]) -> Any:
        if asked is None or not signin.try_code(request.db, asked, values["code"], request.registry.portal.secret):
            raise Problem({"code": WRONG_CODE}, keep=True)
        return _enter(request, asked, "code")

    return submit(request, _code_form(request), accept, on_error=on_error)


def _enter(request: Any, asked: SignInRequest, method: str = "link") -> Any:
    """Spend the request and come in."""
    user = signin.use(request.db, asked, request.clock.now())
    if user is None:
        return _over(request)
    return enter(request, user, method=method, next_path=asked.next_path)


def _over(request: Any) -> Any:
    """A link that was used, is too old or was never one: the way to the next. Nothing of this request is kept."""
    response = render_to_response("riskportal:templates/signin/over.jinja2", {}, request)
    response.status_int = 410
    return response
