"""A password for one's login: set, changed, taken away. Customers need none; staff use one with an app only."""

from __future__ import annotations

from typing import Any

import colander
from pyramid.httpexceptions import HTTPSeeOther

from riskportal.forms import Problem, create_form, submit
from riskportal.forms.widgets import PasswordWidget
from riskportal.identity import passwords
from riskportal.identity.overview import PASSWORD, begin_removal, login_of
from riskportal.plug import _
from riskportal.security import limits
from riskportal.security.cookies import in_console
from riskportal.shell.account.areas import account_path, changeable_here
from riskportal.shell.account.proof_fields import password_field
from riskportal.shell.account.strength import judged
from riskportal.shell.account.told import tell_of_change
from riskportal.shell.areas import in_both_areas

TEMPLATE = "riskportal:templates/account/password.jinja2"


@in_both_areas("own_password", request_method="GET", renderer=TEMPLATE)
def password_page(request: Any) -> dict[str, Any]:
    """The field for a new password, and how to take the present one away."""
    changeable_here(request)
    return _values(request, _form(request))


@in_both_areas("own_password", request_method="POST", renderer=TEMPLATE)
def set_password(request: Any) -> Any:
    """Keep a new password, if it isn't one that is tried first."""

    limits.check(request, "password.new", str(request.user.id))

    def accept(values: dict[str, str]) -> Any:
        _keep(request, values["password"])
        tell_of_change(request, "core.password_set", _("A password was set for your login."))
        request.note("good", _("Your password is set. Signed in elsewhere? You can end those sessions below."))
        return HTTPSeeOther(account_path(request, "security"))

    return submit(request, _form(request), accept, on_error=lambda form: _values(request, form))


@in_both_areas("remove_password", request_method="POST")
def remove_password(request: Any) -> Any:
    """Take the password away; a second press finds none."""
    session = request.identity.session
    begin_removal(request.db, request.user, PASSWORD, via=session)
    if passwords.remove_password(request.db, request.user, via=session):
        tell_of_change(request, "core.password_removed", _("The password of your login was removed."))
    request.note("good", _("You have no password any more."))
    return HTTPSeeOther(account_path(request, "security"))


@in_both_areas("password_strength", request_method="POST", renderer="json")
def strength(request: Any) -> dict[str, Any]:
    """How strong a password is while it is typed."""
    limits.check(request, "password_strength", str(request.user.id))
    return judged(request, _known(request))


def _keep(request: Any, password: str) -> None:
    now, session = request.clock.now(), request.identity.session
    try:
        passwords.set_password(request.db, request.user, password, now, known=_known(request), via=session)
    except passwords.WeakPassword as weak:
        raise Problem({"password": weak.message}) from weak
    except passwords.Busy:
        raise limits.TooMany(passwords.SOON) from None


def _known(request: Any) -> list[str]:
    """What a guesser would try first: the person, the provider, and in the portal the customer."""
    group = request.bill_group
    theirs = (group.name, group.company, group.customer.name) if group is not None else ()
    return passwords.known_words(request.user, request.tenant.name, *theirs)


def _schema(request: Any) -> colander.MappingSchema:
    def new(**more: Any) -> PasswordWidget:
        return PasswordWidget(strip=False, autocomplete="new-password", **more)

    hint = _(
        "At least {n} characters. Three or four words that don't belong together are strong.", n=passwords.SHORTEST
    )
    meter = account_path(request, "password_strength")
    return colander.MappingSchema(
        children=[
            password_field(title=_("New password"), description=hint, widget=new(meter=meter)),
            password_field("again", title=_("The same password again"), widget=new()),
        ],
        validator=_same,
    )


def _same(node: Any, values: dict[str, str]) -> None:
    if values["password"] != values["again"]:
        problem = colander.Invalid(node)
        problem["again"] = _("This is not the same as above.")
        raise problem


def _form(request: Any) -> Any:
    return create_form(request, _schema(request), action=account_path(request, "own_password"), form_id="password")


def _values(request: Any, form: Any) -> dict[str, Any]:
    login = login_of(request.db, request.user)
    return {
        "form": form,
        "since": login.password_at,
        "removable": login.may_lose(PASSWORD),
        "console": in_console(request),
    }
