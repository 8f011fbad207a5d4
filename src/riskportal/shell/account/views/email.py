"""Moving one's login to another e-mail address. The rules are in identity.email_change."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from riskportal.forms import Button, Problem, create_form, submit
from riskportal.identity import email_change
from riskportal.identity.email_change import LosesAccess, SameAddress, Taken
from riskportal.identity.links import EMAIL_CHANGE, open_link
from riskportal.identity.models import OneTimeLink
from riskportal.identity.proofs import ConsoleOnly
from riskportal.plug import Message, _
from riskportal.security import limits
from riskportal.security.cookies import in_console
from riskportal.security.headers import hide_address
from riskportal.shell.account.areas import CONSOLE_ONLY, account_path, changeable_here
from riskportal.shell.account.email_flow import ask_for_change, confirm_change, loss_in_words
from riskportal.shell.account.login_forms import NewAddressSchema
from riskportal.shell.areas import in_both_areas

TEMPLATE = "riskportal:templates/account/email.jinja2"
CONFIRM_TEMPLATE = "riskportal:templates/account/confirm_email.jinja2"


@in_both_areas("change_email", request_method="GET", renderer=TEMPLATE)
def change_email_page(request: Any) -> dict[str, Any]:
    """The address, what a change means, and the field for a new one."""
    changeable_here(request)
    return _values(request, _form(request))


@in_both_areas("change_email", request_method="POST", renderer=TEMPLATE)
def change_email(request: Any) -> Any:
    """Take a new address; who owns it makes no difference to the answer."""

    def accept(values: dict[str, str]) -> Any:
        limits.check(request, "email_change", str(request.user.id))
        try:
            ask_for_change(request, request.user, values["email"])
        except SameAddress:
            raise Problem({"email": _("This is your address already.")}) from None
        except LosesAccess as problem:
            raise Problem({"email": loss_in_words(problem)}) from None
        request.note("good", _("A link is on its way to {email}.", email=values["email"]))
        return HTTPSeeOther(account_path(request, "change_email"))

    return submit(request, _form(request), accept, on_error=lambda form: _values(request, form))


@in_both_areas("cancel_email", request_method="POST")
def cancel_email(request: Any) -> Any:
    """Give a waiting change up; its link dies."""
    if not email_change.cancel(request.db, request.user, request.clock.now()):
        raise HTTPNotFound()
    request.audit("core.email_change_cancelled", email=request.user.email)
    request.note("good", _("Your address stays as it is."))
    return HTTPSeeOther(account_path(request, "change_email"))


@view_config(route_name="core.confirm_email", request_method="GET", renderer=CONFIRM_TEMPLATE)
@view_config(route_name="core.staff_confirm_email", request_method="GET", renderer=CONFIRM_TEMPLATE)
def confirm_email_page(request: Any) -> dict[str, Any]:
    """The link was opened. Looking changes nothing: only the pressed button moves the login."""
    link = _link(request)
    return _answer(request, link) if link is None or _is_theirs(request, link) else _ask_to_sign_in(request, link)


@view_config(route_name="core.confirm_email", request_method="POST", renderer=CONFIRM_TEMPLATE)
@view_config(route_name="core.staff_confirm_email", request_method="POST", renderer=CONFIRM_TEMPLATE)
def confirm_email(request: Any) -> Any:
    """The button was pressed. What stands in the way now is said here, to the new mailbox."""
    link = _link(request)
    if link is None:
        return _answer(request, None)
    if not _is_theirs(request, link):
        return _ask_to_sign_in(request, link)
    new = link.data["email"]
    try:
        confirm_change(request, link)
    except SameAddress:
        return _answer(request, None)
    except Taken:
        return _answer(request, link, _("{email} has a login or an invitation of its own here.", email=new))
    except ConsoleOnly:
        return _answer(request, link, CONSOLE_ONLY)
    except LosesAccess as problem:
        return _answer(request, link, loss_in_words(problem))
    request.note("good", _("Done. From now on you sign in with {email}.", email=new))
    return HTTPSeeOther(request.route_path("core.staff_security" if in_console(request) else "core.start"))


def _is_theirs(request: Any, link: OneTimeLink) -> bool:
    """Whether the reader is signed in as the login that would move: the new mailbox alone gives nothing away."""
    return request.user is not None and request.user.id == link.user_id


def _ask_to_sign_in(request: Any, link: OneTimeLink) -> dict[str, Any]:
    """The page of a living link for everybody else: nothing to press, and the way to sign in."""
    if request.method == "POST":
        request.response.status_int = 403
    return {"link": link, "problem": None, "sign_in_url": _door(request, next=request.path)}


def _link(request: Any) -> OneTimeLink | None:
    limits.check(request, "sign_in.confirm", limits.network_of(request.remote_addr))
    hide_address(request)
    return open_link(request.db, request.matchdict["token"], EMAIL_CHANGE, request.clock.now())


def _answer(request: Any, link: OneTimeLink | None, problem: Message | None = None) -> dict[str, Any]:
    """The page of a link: living, in the way of something (409: the link stays good for its hour), or over (410)."""
    if link is None or problem is not None:
        request.response.status_int = 410 if link is None else 409
    if request.user is None:
        on_url = _door(request)
    else:
        on_url = request.route_path("core.staff_security" if in_console(request) else "core.start")
    return {"link": link, "problem": problem, "sign_in_url": None, "on_url": on_url}


def _door(request: Any, **query: str) -> str:
    door = "core.staff_sign_in" if in_console(request) else "core.sign_in"
    return str(request.route_path(door, _query=query))


def _form(request: Any) -> Any:
    return create_form(
        request,
        NewAddressSchema,
        action=account_path(request, "change_email"),
        buttons=(Button("send", _("Send the link")),),
        form_id="new-address",
    )


def _values(request: Any, form: Any) -> dict[str, Any]:
    waiting = email_change.waiting(request.db, request.user, request.clock.now())
    return {"form": form, "waiting": waiting, "in_console": in_console(request)}
