"""Host names, and the public address that links in mails lead to."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from riskportal.forms import Button, Form, Problem, create_form, submit
from riskportal.identity.passkeys import relying_party
from riskportal.identity.staff import Moving, check_move, moving_away
from riskportal.plug import Message, _
from riskportal.security.junk import posted
from riskportal.shell.provider.forms import AddressSchema, HostSchema
from riskportal.tenancy.hosts import (
    MOST_HOSTS,
    HostRefused,
    add_host,
    as_people_read_it,
    canonical_base_url,
    canonical_host,
    change_base_url,
    host_of,
    hosts_of,
    remove_host,
)

TEMPLATES = "riskportal:templates/provider/"
REFUSALS: dict[str, Message] = {
    # Whether another provider has it is nobody's business.
    "taken": _("This name can't be used here."),
    "known": _("This name is on the list already."),
    "many": _("There are {n} names, which is the most. Remove one first.", n=MOST_HOSTS),
    "last": _("This is the only name: without it nobody could open the portal."),
    "base": _("Links in mails lead to this name. Change the public address first."),
    "absent": _("This name is not among your host names. Add it first."),
}


@view_config(route_name="core.staff_hosts", request_method="GET", renderer=TEMPLATES + "hosts.jinja2")
def show_hosts(request: Any) -> dict[str, Any]:
    return _page(request, _form(request))


@view_config(route_name="core.staff_hosts", request_method="POST", renderer=TEMPLATES + "hosts.jinja2")
def add(request: Any) -> Any:
    """One more name. Where it points to is the provider's own affair, so the page says what is left to do."""

    def save(data: dict[str, str]) -> Any:
        host = canonical_host(data["host"])
        try:
            add_host(request.db, host)
        except HostRefused as refused:
            raise Problem({"host": REFUSALS[refused.code]}) from None
        request.audit("core.host_added", host=host)
        request.note(
            "good", _("The portal answers under {host} as soon as the name leads to this server.", host=host)
        )
        return HTTPSeeOther(request.route_path("core.staff_hosts"))

    return submit(request, _form(request), save, on_error=lambda form: _page(request, form))


@view_config(route_name="core.staff_host_remove", request_method="POST")
def remove(request: Any) -> Any:
    """Stop answering under a name."""
    host = posted(request, "host")
    try:
        remove_host(request.db, host)
    except HostRefused as refused:
        request.note("bad", REFUSALS[refused.code])
    else:
        request.audit("core.host_removed", host=host)
        request.note("good", _("The portal no longer answers under {host}.", host=host))
    return HTTPSeeOther(request.route_path("core.staff_hosts"))


@view_config(route_name="core.staff_address", request_method="GET", renderer=TEMPLATES + "address.jinja2")
def show_address(request: Any) -> dict[str, Any]:
    return _address_page(request, _address_form(request))


@view_config(route_name="core.staff_address", request_method="POST", renderer=TEMPLATES + "address.jinja2")
def save_address(request: Any) -> Any:
    """Let links lead elsewhere. Passkeys stay behind with their host name, so that needs a tick."""

    def save(data: dict[str, Any]) -> Any:
        def moving() -> None:
            if not data["sure"]:
                raise Problem({"sure": _("Please confirm: passkeys don't move to another host name.")})
            check_move(request.db)

        base_url = canonical_base_url(data["base_url"])
        try:
            before = change_base_url(request.db, base_url, moving=moving)
        except HostRefused as refused:
            raise Problem({"base_url": REFUSALS[refused.code]}) from None
        except Moving:
            raise Problem({"": _LOCKED_OUT}) from None
        if before != base_url:
            request.audit("core.address_changed", old=before, new=base_url)
        request.note("good", _("Saved.") if before != base_url else _("Nothing has changed."))
        return HTTPSeeOther(request.route_path("core.staff_hosts"))

    return submit(request, _address_form(request), save, on_error=lambda form: _address_page(request, form))


_LOCKED_OUT: Message = _(
    "No owner could sign in any more: all of them use a passkey alone. One of you must first set up a password with "
    "an authenticator app, under “Security”."
)


def _form(request: Any) -> Form:
    return create_form(request, HostSchema, form_id="host", buttons=(Button("save", _("Add the name")),))


def _page(request: Any, form: Form) -> dict[str, Any]:
    tenant = request.tenant
    base = host_of(tenant.base_url)
    hosts = hosts_of(request.db)
    return {
        "form": form,
        "base_url": tenant.base_url,
        "hosts": [(host, as_people_read_it(host), host == base) for host in hosts],
        # Where browsers offer passkeys, nothing is read on the way: https, or one's own machine.
        "secure": relying_party(tenant.base_url, tenant.name) is not None,
    }


def _address_form(request: Any) -> Form:
    shown = {"base_url": request.tenant.base_url, "sure": False}
    button = Button("save", _("Change the address"))
    return create_form(request, AddressSchema, form_id="address", buttons=(button,), appstruct=shown)


def _address_page(request: Any, form: Form) -> dict[str, Any]:
    return {
        "form": form,
        "hosts": hosts_of(request.db),
        "base_url": request.tenant.base_url,
        "moving": moving_away(request.db),
    }
