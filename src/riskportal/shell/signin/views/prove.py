"""Proving again who one is before a risky act: a passkey, a password, or (customers) a fresh code by mail.

Who has an authenticator app shows its code as well, beside password and mailed code. Then back to where they
came from; the session stays the same, so that a form that waits in another tab can still be sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import colander
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from riskportal.forms import Button, Form, Problem, create_form, length, submit
from riskportal.forms.widgets import CodeWidget
from riskportal.identity import mail_codes, passkeys, recovery, second_step
from riskportal.identity.proofs import Ways, ways_of
from riskportal.identity.stepup import prove
from riskportal.plug import _
from riskportal.security import cookies, limits
from riskportal.security.junk import posted
from riskportal.security.redirects import local_path
from riskportal.shell.account.offer import offer, party_of
from riskportal.shell.account.proof_fields import app_code_field, password_field
from riskportal.shell.signin.checking import matches
from riskportal.shell.signin.hints import hint
from riskportal.shell.signin.views.passkey import tell
from riskportal.shell.signin.words import WRONG_CODE, next_field

PAGE = "riskportal:templates/signin/prove.jinja2"
WRONG = _("This password is not right.")
WRONG_MAIL_CODE = _("That code is not right. Compare it with the newest mail, or have a new one sent.")
OVER_MAIL_CODE = _("That code is over: it was used, or its time or its tries are up. Have a new one sent below.")
MINUTES = int(mail_codes.LIFETIME.total_seconds()) // 60
PASSWORD, MAIL = "prove-password", "prove-code"


@dataclass(frozen=True)
class Place:
    """The addresses of proving in portal or console, each with the page to go on to; `mail` only for customers."""

    next_path: str
    here: str
    options: str
    start: str
    mail: str | None = None


@view_config(route_name="core.prove", request_method="GET", renderer=PAGE)
@view_config(route_name="core.staff_prove", request_method="GET", renderer=PAGE)
def prove_page(request: Any) -> dict[str, Any]:
    """Every way that this reader has."""
    return _values(request, _place(request, request.GET.get("next")))


@view_config(route_name="core.prove_options", request_method="POST", renderer="json")
@view_config(route_name="core.staff_prove_options", request_method="POST", renderer="json")
def prove_options(request: Any) -> dict[str, Any]:
    """A challenge for the reader's own passkeys."""
    limits.check(request, "passkey.network", limits.network_of(request.remote_addr))
    party, browser, now = party_of(request), cookies.browser_token(request), request.clock.now()
    return passkeys.sign_in_options(request.db, party, browser, now, request.user)


@view_config(route_name="core.prove_code", request_method="POST")
def send_code(request: Any) -> Any:
    """A code by mail, to the address of the login and nowhere else."""
    limits.check(request, "proof.mail", str(request.user.id))
    place, user = _place(request, posted(request, "next")), request.user
    secret, now = request.registry.portal.secret, request.clock.now()
    code = mail_codes.make_code(request.db, user, request.identity.session, secret, now)
    request.send_mail("core.prove_code", to=user.email, language=user.language, code=code, minutes=MINUTES)
    request.note("good", _("A code is on its way to {email}.", email=user.email))
    return HTTPSeeOther(place.here)


@view_config(route_name="core.prove", request_method="POST", renderer=PAGE)
@view_config(route_name="core.staff_prove", request_method="POST", renderer=PAGE)
def prove_it(request: Any) -> Any:
    """Compare what was sent, by the form that sent it."""
    limits.check(request, "proof.user", str(request.user.id))
    place = _place(request, posted(request, "next"))
    if "credential" in request.POST:
        return _by_passkey(request, place)
    ways = ways_of(request.db, request.user)
    used = posted(request, "__formid__")
    forms = _forms(request, ways, place, used)
    if used not in forms:
        raise HTTPNotFound()

    def accept(values: dict[str, str]) -> Any:
        (_by_password if used == PASSWORD else _by_mail)(request, ways, values)
        return _proved(request, place)

    return submit(request, forms[used], accept, on_error=lambda form: _values(request, place, {used: form}))


def _by_passkey(request: Any, place: Place) -> Any:
    party, browser, now = party_of(request), cookies.browser_token(request), request.clock.now()
    try:
        passkeys.authenticate(request.db, posted(request, "credential"), party, browser, now, request.user)
    except passkeys.Refused as refused:
        tell(request, refused, request.identity.kind)
        _note_failure(request)
        return HTTPSeeOther(place.here)
    return _proved(request, place)


def _by_password(request: Any, ways: Ways, values: dict[str, str]) -> None:
    if not matches(request, request.user, values["password"]):
        _note_failure(request)
        raise Problem({"password": WRONG}, keep=True)
    _check_app(request, ways, values)


def _by_mail(request: Any, ways: Ways, values: dict[str, str]) -> None:
    db, user, session, now = request.db, request.user, request.identity.session, request.clock.now()
    if not mail_codes.is_waiting(db, user, session, now):
        raise Problem({"mailed": OVER_MAIL_CODE})
    # The app first: its next code comes within half a minute, another mail takes longer.
    _check_app(request, ways, values)
    if not mail_codes.try_code(db, user, session, values["mailed"], request.registry.portal.secret, now):
        _note_failure(request)
        waits = mail_codes.is_waiting(db, user, session, now)
        raise Problem({"mailed": WRONG_MAIL_CODE if waits else OVER_MAIL_CODE}, keep=True)


def _check_app(request: Any, ways: Ways, values: dict[str, str]) -> None:
    if not ways.totp:
        return
    now, secret = request.clock.now(), request.registry.portal.secret
    how = second_step.check_code(request.db, request.user, values["code"], secret, now)
    if how is None:
        _note_failure(request)
        raise Problem({"code": WRONG_CODE}, keep=True)
    if how == "recovery":
        left = recovery.left(request.db, request.user)
        request.audit("core.recovery_code_used", email=request.user.email, left=left)


def _note_failure(request: Any) -> None:
    request.audit("core.proof_failed", email=request.user.email)


def _proved(request: Any, place: Place) -> Any:
    prove(request.identity.session, request.clock.now())
    request.audit("core.proved", email=request.user.email)
    return HTTPSeeOther(place.next_path)


def _forms(request: Any, ways: Ways, place: Place, used: str = "") -> dict[str, Form]:
    """The forms that this reader can prove themselves with; the console takes a password beside an app only.

    The form for a mailed code is there while one can be typed, and for the answer to one that came too late.
    """
    staff, session, now = request.identity.kind == "staff", request.identity.session, request.clock.now()
    app = [app_code_field()] if ways.totp else []
    late = used == MAIL and mail_codes.was_made(request.db, request.user, session)
    mail = not staff and (late or mail_codes.is_waiting(request.db, request.user, session, now))
    forms = {}
    if ways.password and (ways.totp or not staff):
        # One primary action a page: the code's once a mail was sent, else the passkey's where there is one.
        other = mail or (ways.passkeys and offer(request).available)
        forms[PASSWORD] = _form(request, PASSWORD, [password_field(), *app], place, "plain" if other else "")
    if mail:
        mailed = colander.SchemaNode(
            colander.String(), name="mailed", title=_("Code from the mail"), validator=length(40), widget=CodeWidget()
        )
        forms[MAIL] = _form(request, MAIL, [mailed, *app], place)
    return forms


def _form(request: Any, name: str, fields: list[Any], place: Place, tone: str = "") -> Form:
    return create_form(
        request,
        colander.MappingSchema(children=[*fields, next_field()]),
        buttons=(Button("prove", _("Confirm"), tone=tone),),
        form_id=name,
        appstruct={"next": place.next_path},
    )


def _values(request: Any, place: Place, forms: dict[str, Form] | None = None) -> dict[str, Any]:
    ways = ways_of(request.db, request.user)
    return {
        "place": place,
        "ways": ways,
        "offer": offer(request),
        "forms": {**_forms(request, ways, place), **(forms or {})},
        "hint": hint(request, request.user) if request.identity.kind == "staff" else None,
    }


def _place(request: Any, wanted: str | None) -> Place:
    if request.identity.kind == "staff":
        next_path = local_path(wanted) or "/staff"
        here = request.route_path("core.staff_prove", _query={"next": next_path})
        return Place(next_path, here, request.route_path("core.staff_prove_options"), "/staff")
    group = {"bill_group": request.bill_group.public_id}
    start = request.route_path("core.home", **group)
    next_path = local_path(wanted) or start
    here = request.route_path("core.prove", _query={"next": next_path}, **group)
    options, mail = (request.route_path(name, **group) for name in ("core.prove_options", "core.prove_code"))
    return Place(next_path, here, options, start, mail)
