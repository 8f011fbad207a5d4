"""An authenticator app for one's login, and the recovery codes that stand in for a lost phone."""

from __future__ import annotations

import re
from typing import Any

import colander
from deform.widget import HiddenWidget
from pyramid.httpexceptions import HTTPBadRequest, HTTPNotFound, HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.response import Response

from riskportal.forms import Button, Problem, create_form, submit
from riskportal.forms.widgets import CodeWidget
from riskportal.identity import recovery, totp
from riskportal.identity.overview import APP, begin_removal, login_of
from riskportal.plug import _
from riskportal.security.junk import posted
from riskportal.shell.account.areas import account_path, changeable_here
from riskportal.shell.account.proof_fields import app_code_field
from riskportal.shell.account.told import tell_of_change
from riskportal.shell.areas import in_both_areas
from riskportal.web.qr import qr_response

TEMPLATE = "riskportal:templates/account/app.jinja2"
CODES_TEMPLATE = "riskportal:templates/account/recovery_codes.jinja2"
_NONCE = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_CODES = re.compile(r"[A-Z0-9]{5}-[A-Z0-9]{5}(?: [A-Z0-9]{5}-[A-Z0-9]{5}){0,19}\Z")


@in_both_areas("own_app", request_method="GET", renderer=TEMPLATE)
def app_page(request: Any) -> dict[str, Any]:
    """A picture for the app's camera. Its secret is kept nowhere before the first code is right (identity.totp)."""
    changeable_here(request)
    return _values(request, _form(request, totp.new_nonce()))


@in_both_areas("own_app", request_method="POST", renderer=TEMPLATE)
def turn_on(request: Any) -> Any:
    """Turn the app on by its first code. Whoever has no recovery codes gets some at once."""
    nonce = posted(request, "nonce")
    if not _NONCE.match(nonce):
        raise HTTPBadRequest()

    def accept(values: dict[str, str]) -> Any:
        _enroll(request, nonce, values["code"])
        tell_of_change(request, "core.app_added", _("An authenticator app was set up for your login."))
        request.note("good", _("From now on we ask for a code of your app when you sign in."))
        if login_of(request.db, request.user).codes_left:
            return HTTPSeeOther(account_path(request, "security"))
        return _codes_page(request)

    return submit(request, _form(request, nonce), accept, on_error=lambda form: _values(request, form))


@in_both_areas("own_app_qr", request_method="GET")
def qr(request: Any) -> Response:
    """The app's secret as a picture."""
    nonce = request.GET.get("n", "")
    if not _NONCE.match(nonce):
        raise HTTPNotFound()
    return qr_response(totp.address(_shared(request, nonce), request.user.email, request.tenant.name))


@in_both_areas("remove_app", request_method="POST")
def remove_app(request: Any) -> Any:
    """Turn the app off; its recovery codes go with it, they stand for nothing else."""
    user, session = request.user, request.identity.session
    begin_removal(request.db, user, APP, via=session)
    if totp.remove(request.db, user, via=session):
        recovery.remove(request.db, user, via=session)
        tell_of_change(request, "core.app_removed", _("The authenticator app of your login was removed."))
    request.note("good", _("Your authenticator app is off."))
    return HTTPSeeOther(account_path(request, "security"))


@in_both_areas("recovery_codes", request_method="GET", renderer=CODES_TEMPLATE)
def codes_page(request: Any) -> Any:
    """How many codes are left, and the button for new ones; without an app there is nothing they would be for."""
    changeable_here(request)
    login = login_of(request.db, request.user)
    if login.app_at is None:
        return HTTPSeeOther(account_path(request, "own_app"))
    return {"codes": None, "left": login.codes_left}


@in_both_areas("recovery_codes", request_method="POST")
def renew_codes(request: Any) -> Any:
    """New codes instead of all earlier ones, shown in this one answer."""
    changeable_here(request)
    if not totp.is_on(request.db, request.user):
        return HTTPSeeOther(account_path(request, "own_app"))
    return _codes_page(request)


@in_both_areas("recovery_file", request_method="POST")
def codes_file(request: Any) -> Response:
    """The codes that the page before has just shown, as a text file; we keep hashes and couldn't tell them again."""
    codes = posted(request, "codes")
    if not _CODES.match(codes):
        raise HTTPBadRequest()
    head = _("Recovery codes for {email} at {name}", email=request.user.email, name=request.tenant.name)
    once = _("Each works once, in place of the code of your app.")
    lines = [request.translate(head), request.translate(once), "", *codes.split(" "), ""]
    return Response(
        "\r\n".join(lines),
        content_type="text/plain",
        charset="utf-8",
        content_disposition='attachment; filename="recovery-codes.txt"',
    )


def _codes_page(request: Any) -> Response:
    """Make new codes and show them: the answer to the POST itself, because they are kept nowhere else."""
    user, secret = request.user, request.registry.portal.secret
    codes = recovery.renew(request.db, user, secret, request.clock.now(), via=request.identity.session)
    tell_of_change(request, "core.recovery_codes_made", _("New recovery codes were made for your login."))
    return render_to_response(CODES_TEMPLATE, {"codes": codes, "left": len(codes)}, request)


def _enroll(request: Any, nonce: str, code: str) -> None:
    now, secret = request.clock.now(), request.registry.portal.secret
    shared, session = _shared(request, nonce), request.identity.session
    if not totp.enroll(request.db, request.user, shared, code, secret, now, via=session):
        raise Problem({"code": _("That code is not right. Scan the picture again and type the newest code.")})


def _shared(request: Any, nonce: str) -> str:
    """The proposed secret, bound to this very session; a preview has none and shows a picture that means nothing."""
    anchor = request.identity.session.token_hash or "preview"
    return totp.proposed(request.registry.portal.secret, anchor, nonce)


def _form(request: Any, nonce: str) -> Any:
    first_code = {"description": None, "widget": CodeWidget(code=3, inputmode="numeric")}
    schema = colander.MappingSchema(
        children=[
            app_code_field(title=_("Code that the app shows"), **first_code),
            colander.SchemaNode(colander.String(), name="nonce", widget=HiddenWidget()),
        ]
    )
    return create_form(
        request,
        schema,
        action=account_path(request, "own_app"),
        buttons=(Button("on", _("Turn on")),),
        form_id="app",
        appstruct={"nonce": nonce},
    )


def _values(request: Any, form: Any) -> dict[str, Any]:
    login, nonce = login_of(request.db, request.user), form["nonce"].cstruct
    shared = _shared(request, nonce)
    return {
        "form": form,
        "secret": " ".join(shared[n : n + 4] for n in range(0, len(shared), 4)),
        "qr_url": account_path(request, "own_app_qr", _query={"n": nonce}),
        "since": login.app_at,
        "removable": login.may_lose(APP),
    }
