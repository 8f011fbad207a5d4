"""Passkeys of one's login: added, renamed, removed. The rules are in identity.passkeys, the buttons in passkey.js."""

from __future__ import annotations

from typing import Any

import colander
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther

from riskportal.forms import CleanText, clean_text, create_form, length, submit
from riskportal.forms.widgets import TextInputWidget
from riskportal.identity import passkeys
from riskportal.identity.models import Passkey
from riskportal.identity.overview import PASSKEY, begin_removal, login_of
from riskportal.identity.passkeys import NAME_LENGTH
from riskportal.plug import _
from riskportal.security import cookies, limits
from riskportal.security.junk import posted
from riskportal.shell.account.areas import account_path, changeable_here
from riskportal.shell.account.devices import device_name
from riskportal.shell.account.offer import offer, party_of
from riskportal.shell.account.told import tell_of_change
from riskportal.shell.areas import in_both_areas

ADD_TEMPLATE = "riskportal:templates/account/add_passkey.jinja2"
TEMPLATE = "riskportal:templates/account/passkey.jinja2"


class NameSchema(colander.MappingSchema):
    """What a passkey is called."""

    name = colander.SchemaNode(
        colander.String(),
        title=_("Name"),
        description=_("So that you know it from the others, for example “Work laptop”"),
        preparer=clean_text,
        validator=colander.All(length(NAME_LENGTH), CleanText()),
        widget=TextInputWidget(maxlength=NAME_LENGTH),
    )


@in_both_areas("add_passkey", request_method="GET", renderer=ADD_TEMPLATE)
def add_page(request: Any) -> dict[str, Any]:
    """A name and the button; without script, or at another address, the reason why there is none."""
    changeable_here(request)
    return {"offer": offer(request), "name": request.translate(device_name(request.user_agent))}


@in_both_areas("add_passkey_options", request_method="POST", renderer="json")
def add_options(request: Any) -> dict[str, Any]:
    """What the browser makes a passkey from."""
    changeable_here(request)
    limits.check(request, "passkey.network", limits.network_of(request.remote_addr))
    party, browser = party_of(request), cookies.browser_token(request)
    return passkeys.registration_options(request.db, request.user, party, browser, request.clock.now())


@in_both_areas("add_passkey", request_method="POST")
def add_passkey(request: Any) -> Any:
    """Keep what the browser has made."""
    name = "".join(filter(str.isprintable, posted(request, "name"))).strip()
    name = (name or request.translate(device_name(request.user_agent)))[:NAME_LENGTH]
    party, browser, now = party_of(request), cookies.browser_token(request), request.clock.now()
    answer, session = posted(request, "credential"), request.identity.session
    try:
        passkeys.register(request.db, request.user, answer, name, party, browser, now, via=session)
    except passkeys.Refused as refused:
        request.note("bad", refused.message)
        return HTTPSeeOther(account_path(request, "add_passkey"))
    tell_of_change(request, "core.passkey_added", _("A passkey was added: {name}.", name=name), name=name)
    request.note("good", _("“{name}” signs you in from now on.", name=name))
    return HTTPSeeOther(account_path(request, "security"))


@in_both_areas("own_passkey", request_method="GET", renderer=TEMPLATE)
def passkey_page(request: Any) -> dict[str, Any]:
    """One passkey: its name, and the way to remove it."""
    changeable_here(request)
    passkey = _mine(request)
    return _values(request, passkey, _form(request, passkey))


@in_both_areas("own_passkey", request_method="POST", renderer=TEMPLATE)
def rename_passkey(request: Any) -> Any:
    """Call it something else."""
    changeable_here(request)
    passkey = _mine(request)

    def accept(values: dict[str, str]) -> Any:
        old, name = passkey.name, values["name"]
        if name != old:
            passkeys.rename(request.db, passkey, name)
            what = _("A passkey was renamed: {old} is now {name}.", old=old, name=name)
            tell_of_change(request, "core.passkey_renamed", what, old=old, name=name)
        request.note("good", _("Saved."))
        return HTTPSeeOther(account_path(request, "security"))

    return submit(request, _form(request, passkey), accept, on_error=lambda form: _values(request, passkey, form))


@in_both_areas("remove_passkey", request_method="POST")
def remove_passkey(request: Any) -> Any:
    """Forget it. The device may still offer it; it opens nothing here any more."""
    passkey, session = _mine(request), request.identity.session
    name = passkey.name
    begin_removal(request.db, request.user, PASSKEY, via=session)
    passkeys.remove(request.db, request.user, passkey, via=session)
    tell_of_change(request, "core.passkey_removed", _("A passkey was removed: {name}.", name=name), name=name)
    request.note("good", _("“{name}” is removed.", name=name))
    return HTTPSeeOther(account_path(request, "security"))


def _mine(request: Any) -> Passkey:
    """The user's own passkey of the address; anybody else's answers as an absent one."""
    passkey = passkeys.passkey_of(request.db, request.user, request.matchdict["passkey"])
    if passkey is None:
        raise HTTPNotFound()
    return passkey


def _form(request: Any, passkey: Passkey) -> Any:
    return create_form(
        request,
        NameSchema,
        action=account_path(request, "own_passkey", passkey=passkey.public_id),
        form_id="passkey",
        appstruct={"name": passkey.name},
    )


def _values(request: Any, passkey: Passkey, form: Any) -> dict[str, Any]:
    login = login_of(request.db, request.user)
    return {"form": form, "passkey": passkey, "removable": login.may_lose(PASSKEY), "mail_link": not login.works_here}
