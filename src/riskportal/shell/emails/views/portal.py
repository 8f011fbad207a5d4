"""The customer's e-mails: every mail that was sent to the bill group, readable as it was sent."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPBadRequest
from pyramid.view import view_config

from riskportal.customers.contacts import contacts_of
from riskportal.forms import submit
from riskportal.mail.categories import ALWAYS
from riskportal.mail.correspondence import STATES, Wanted, mails_of_bill_group
from riskportal.mail.models import OutgoingMail
from riskportal.plug import Message, _
from riskportal.shell.emails import letters
from riskportal.shell.emails.wording import STATES as STATE_LABELS
from riskportal.shell.emails.wording import status_of, title_of
from riskportal.web.paging import changed_query

ROUTE = "core.email"
QUERY_LENGTH = 200


@view_config(route_name="core.emails", request_method="GET", renderer="riskportal:templates/emails/list.jinja2")
def emails(request: Any) -> dict[str, Any]:
    """The list, newest first, by category, state and words."""
    categories = {name: label for name, label in letters.known_categories(request).items() if name != ALWAYS}
    category, state = request.GET.get("about", ""), request.GET.get("state", "")
    text = " ".join(request.GET.get("q", "").split())
    if (category and category not in categories) or (state and state not in STATES) or len(text) > QUERY_LENGTH:
        raise HTTPBadRequest()
    kinds = letters.kinds_of(request, category) if category else None
    wanted = Wanted(text, state=state, kinds=kinds, hidden=letters.hidden_kinds(request))
    page = mails_of_bill_group(request.db, wanted, request.GET.get("at"))
    return {
        "rows": [_row(request, mail, has_files) for mail, has_files, *_hidden in page.rows],
        "newer": changed_query(request, at=page.before) if page.before else None,
        "older": changed_query(request, at=page.after) if page.after else None,
        "text": text,
        "hidden": {name: value for name, value in (("about", category), ("state", state)) if value},
        "filtered": bool(text or category or state),
        "categories": _filter(request, "about", category, categories),
        "states": _filter(request, "state", state, STATE_LABELS),
        "all_url": request.path,
    }


def _filter(request: Any, name: str, chosen: str, options: dict[str, Message]) -> list[dict[str, Any]]:
    def option(value: str, label: Message) -> dict[str, Any]:
        href = changed_query(request, **{name: value or None, "at": None})
        return {"label": label, "href": href, "current": value == chosen}

    return [option("", _("All")), *(option(value, label) for value, label in options.items())]


def _row(request: Any, mail: OutgoingMail, has_files: bool) -> dict[str, Any]:
    return {
        "mail": mail,
        "title": title_of(mail),
        "url": letters.path(request, ROUTE, mail),
        "category": letters.category_of(request, mail),
        "status": status_of(mail),
        "has_files": has_files,
    }


@view_config(route_name="core.email", request_method="GET", renderer="riskportal:templates/emails/one.jinja2")
def email(request: Any) -> dict[str, Any]:
    """One mail."""
    mail = letters.mail_of(request)
    return _values(request, mail, _form(request, mail))


@view_config(route_name="core.email_content", request_method="GET")
def email_content(request: Any) -> Any:
    """What stands in the page's frame."""
    return letters.content(letters.mail_of(request))


@view_config(route_name="core.email_file", request_method="GET")
def email_file(request: Any) -> Any:
    """An attachment."""
    return letters.file_answer(request, letters.mail_of(request))


@view_config(route_name="core.email_again", request_method="POST", renderer="riskportal:templates/emails/one.jinja2")
def email_again(request: Any) -> Any:
    """Send a copy to the reader, or to where the mail went."""
    mail = letters.mail_of(request)
    targets = {"me": request.user.email, "original": mail.to_address}
    return submit(
        request,
        _form(request, mail),
        lambda data: letters.send_again(request, mail, targets[data["to"]], ROUTE),
        on_error=lambda form: _values(request, mail, form),
    )


def _form(request: Any, mail: OutgoingMail) -> Any:
    addresses = [("me", _("To me, {address}", address=request.user.email))]
    if mail.to_address != request.user.email:
        addresses.append(("original", _("To the same address, {address}", address=mail.to_address)))
    return letters.again_form(request, mail, addresses, ROUTE)


def _values(request: Any, mail: OutgoingMail, form: Any) -> dict[str, Any]:
    list_url = request.route_path("core.emails", bill_group=request.matchdict["bill_group"])
    letter = letters.letter(request, mail, ROUTE)
    fix_url = _fix_url(request, mail.to_address) if letter["reason"] else None
    return {**letter, "form": form, "list_url": list_url, "fix_url": fix_url}


def _fix_url(request: Any, address: str) -> str | None:
    """Where the reader puts an address right: the contact's or the account's, or the person that it belongs to."""
    here = {"bill_group": request.matchdict["bill_group"]}
    if request.allows("core.details.write"):
        contacts = [one for found in contacts_of(request.db, request.bill_group).values() for one in found]
        contact = next((one for one in contacts if one.email == address), None)
        if contact is not None:
            return str(request.route_path("core.contact", public_id=contact.public_id, **here))
        if request.bill_group.email == address:
            return str(request.route_path("core.edit_details", **here))
    if request.allows("core.people.manage"):
        return str(request.route_path("core.people", **here, _query={"who": address}))
    return None
