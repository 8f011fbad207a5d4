"""The set-up link of staff: choose a passkey, or a password and an authenticator app, and be in.

Looking spends nothing. The link is spent when a way in was set up; it is also the way back for somebody who has
lost theirs, so every earlier session and every other way in end with it (identity.way_back).
"""

from __future__ import annotations

import re
from typing import Any

import colander
from deform.widget import HiddenWidget
from pyramid.httpexceptions import HTTPBadRequest, HTTPGone, HTTPNotFound, HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.response import Response
from pyramid.view import view_config

from riskportal.forms import Button, Problem, create_form, submit
from riskportal.forms.widgets import CodeWidget, PasswordWidget
from riskportal.identity import passkeys, passwords, totp, way_back
from riskportal.identity.links import STAFF_SETUP, open_link
from riskportal.identity.models import OneTimeLink, User
from riskportal.identity.proofs import Ways, ways_of
from riskportal.identity.second_step import may_enter
from riskportal.plug import _
from riskportal.security import cookies, limits
from riskportal.security.headers import hide_address
from riskportal.security.junk import posted
from riskportal.shell.account.devices import device_name
from riskportal.shell.account.offer import offer, party_of
from riskportal.shell.account.proof_fields import app_code_field, password_field
from riskportal.shell.account.strength import judged
from riskportal.shell.account.told import send_change
from riskportal.shell.signin.enter import arrive, note, open_for
from riskportal.web.qr import qr_response

PAGE = "riskportal:templates/signin/setup.jinja2"
PASSWORD_PAGE = "riskportal:templates/signin/setup_password.jinja2"  # noqa: S105 - the name of a template
CODES_PAGE = "riskportal:templates/signin/codes.jinja2"
_NONCE = re.compile(r"[A-Za-z0-9_-]{43}\Z")


def _schema(meter: str) -> colander.MappingSchema:
    """A new password, twice, and the first code of the app that was shown with `nonce`. `meter` is the address that
    says how strong it is."""

    def new(**more: Any) -> PasswordWidget:
        return PasswordWidget(strip=False, autocomplete="new-password", **more)

    hint = _("At least {n} characters. Three or four words are fine.", n=passwords.SHORTEST)
    first_code = {"description": None, "widget": CodeWidget(code=3, inputmode="numeric")}
    return colander.MappingSchema(
        children=[
            password_field(title=_("New password"), description=hint, widget=new(meter=meter)),
            password_field("again", title=_("The same password again"), widget=new()),
            app_code_field(**first_code),
            colander.SchemaNode(colander.String(), name="nonce", widget=HiddenWidget()),
        ],
        validator=_same,
    )


def _same(node: Any, values: dict[str, str]) -> None:
    if values["password"] != values["again"]:
        problem = colander.Invalid(node)
        problem["again"] = _("This is not the same as above.")
        raise problem


@view_config(route_name="core.staff_setup", request_method="GET", renderer=PAGE)
def setup_page(request: Any) -> dict[str, Any]:
    """The choice."""
    link = _link(request)
    if link is None:
        request.response.status_int = 410
        return {"user": None}
    name = request.translate(device_name(request.user_agent))
    return {
        "user": link.user,
        "offer": offer(request),
        "token": request.matchdict["token"],
        "name": name,
        "again": ways_of(request.db, link.user).any,
    }


@view_config(route_name="core.staff_setup_options", request_method="POST", renderer="json")
def setup_options(request: Any) -> dict[str, Any]:
    """What the browser makes a passkey from."""
    link = _living(request)
    party, browser = party_of(request), cookies.browser_token(request)
    return passkeys.registration_options(request.db, link.user, party, browser, request.clock.now(), alone=True)


@view_config(route_name="core.staff_setup_passkey", request_method="POST")
def setup_passkey(request: Any) -> Any:
    """Keep the passkey, spend the link, and in."""
    link = _living(request)
    name = "".join(filter(str.isprintable, posted(request, "name"))).strip() or request.translate(
        device_name(request.user_agent)
    )
    party, browser = party_of(request), cookies.browser_token(request)
    answer, now = posted(request, "credential"), request.clock.now()
    try:
        before = way_back.set_up_by_passkey(request.db, link, answer, name, party, browser, now)
    except passkeys.Refused as refused:
        request.note("bad", refused.message)
        return HTTPSeeOther(request.route_path("core.staff_setup", token=request.matchdict["token"]))
    except way_back.LinkSpent:
        raise HTTPGone() from None
    _tell(request, link.user, "passkey", before)
    return arrive(request, link.user, method="setup", next_path=None, kind="staff")


@view_config(route_name="core.staff_setup_password", request_method="GET", renderer=PASSWORD_PAGE)
def password_page(request: Any) -> dict[str, Any]:
    """Password and app on one page; nothing is kept before the form is right."""
    link = _living(request)
    return _values(request, link, _form(request, totp.new_nonce()))


@view_config(route_name="core.staff_setup_password", request_method="POST", renderer=PASSWORD_PAGE)
def setup_password(request: Any) -> Any:
    """Keep both, spend the link, show the recovery codes once; the session is open by then."""
    link = _living(request)
    nonce = posted(request, "nonce")

    def accept(values: dict[str, str]) -> Any:
        before, codes = _keep(request, link, values)
        _tell(request, link.user, "password", before)
        open_for(request, link.user, method="setup", kind="staff")
        page = {"codes": codes, "user": link.user, "on": "/staff"}
        return render_to_response(CODES_PAGE, page, request, response=request.response)

    if not _NONCE.match(nonce):
        raise HTTPBadRequest()
    return submit(request, _form(request, nonce), accept, on_error=lambda form: _values(request, link, form))


@view_config(route_name="core.staff_setup_strength", request_method="POST", renderer="json")
def setup_strength(request: Any) -> dict[str, Any]:
    """How strong the password is while it is typed; every pause in typing asks, so it has a limit of its own."""
    limits.check(request, "password_strength", limits.network_of(request.remote_addr))
    link = _open(request)
    if link is None:
        raise HTTPGone()
    return judged(request, passwords.known_words(link.user, request.tenant.name))


@view_config(route_name="core.staff_setup_qr", request_method="GET")
def qr(request: Any) -> Response:
    """The app's secret as a picture."""
    link = _living(request)
    nonce = request.GET.get("n", "")
    if not _NONCE.match(nonce):
        raise HTTPNotFound()
    return qr_response(totp.address(_shared(request, link, nonce), link.user.email, request.tenant.name))


def _keep(request: Any, link: OneTimeLink, values: dict[str, str]) -> tuple[Ways, list[str]]:
    known, shared = passwords.known_words(link.user, request.tenant.name), _shared(request, link, values["nonce"])
    chosen = way_back.PasswordAndApp(values["password"], known, shared, values["code"])
    secret, now = request.registry.portal.secret, request.clock.now()
    try:
        return way_back.set_up_by_password(request.db, link, chosen, secret, now)
    except passwords.WeakPassword as weak:
        raise Problem({"password": weak.message}) from weak
    except way_back.WrongCode:
        text = _("That code is not right. Scan the picture again and type the newest code.")
        raise Problem({"code": text}) from None
    except passwords.Busy:
        raise limits.TooMany(passwords.SOON) from None
    except way_back.LinkSpent:
        raise HTTPGone() from None


def _tell(request: Any, user: User, method: str, before: Ways) -> None:
    """Audit entries; and a mail to somebody whose earlier ways to sign in have ended: it may be news to them."""
    note(request, "core.staff_set_up", user, "staff", email=user.email, method=method)
    if not before.any:
        return
    note(
        request, "core.staff_proofs_ended", user, "staff", email=user.email, passkeys=before.passkeys,
        passwords=int(before.password), apps=int(before.totp), codes=before.recovery_left,
    )  # fmt: skip
    send_change(request, user, _("Your login was set up anew by a link. What you signed in with before has ended."))


def _link(request: Any) -> OneTimeLink | None:
    """The living link of somebody who works here; the page and all that it sends tell nobody else its address."""
    limits.check(request, "set_up.network", limits.network_of(request.remote_addr))
    return _open(request)


def _open(request: Any) -> OneTimeLink | None:
    hide_address(request)
    now = request.clock.now()
    link = open_link(request.db, request.matchdict["token"], STAFF_SETUP, now)
    return link if link is not None and may_enter(request.db, link.user, "staff", now) else None


def _living(request: Any) -> OneTimeLink:
    link = _link(request)
    if link is None:
        raise HTTPGone()
    return link


def _shared(request: Any, link: OneTimeLink, nonce: str) -> str:
    return totp.proposed(request.registry.portal.secret, link.token_hash, nonce)


def _values(request: Any, link: OneTimeLink, form: Any) -> dict[str, Any]:
    token, nonce = request.matchdict["token"], form["nonce"].cstruct
    shared = _shared(request, link, nonce)
    return {
        "user": link.user,
        "again": ways_of(request.db, link.user).any,
        "form": form,
        "secret": " ".join(shared[n : n + 4] for n in range(0, len(shared), 4)),
        "qr_url": request.route_path("core.staff_setup_qr", token=token, _query={"n": nonce}),
        "back": request.route_path("core.staff_setup", token=token),
    }


def _form(request: Any, nonce: str) -> Any:
    button = Button("keep", _("Turn on and sign in"))
    meter = request.route_path("core.staff_setup_strength", token=request.matchdict["token"])
    return create_form(request, _schema(meter), buttons=(button,), form_id="set-up", appstruct={"nonce": nonce})
