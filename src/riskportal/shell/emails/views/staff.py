"""The console's e-mails: what left the house or should have, for whom, and sending it again."""

from __future__ import annotations

from typing import Any

from pyramid.view import view_config

from riskportal.forms import submit
from riskportal.identity.users import find_user
from riskportal.mail.correspondence import mails
from riskportal.mail.models import OutgoingMail
from riskportal.plug import _
from riskportal.shell.emails import letters
from riskportal.shell.emails.permissions import P
from riskportal.shell.emails.tables import ALL, ROUTE, row, wanted
from riskportal.shell.provider.entries import groups_of


@view_config(
    route_name="core.staff_emails", request_method="GET", renderer="riskportal:templates/emails/staff_list.jinja2"
)
def staff_emails(request: Any) -> dict[str, Any]:
    """All mails of the tenant, newest first."""
    asked = request.table(ALL)
    page = mails(request.db, wanted(request, asked), asked.at)
    groups = groups_of(request, [found[0] for found in page.rows])
    rows = [
        row(request, mail, has_files) | {"group": groups.get(mail.bill_group_id or 0)}
        for mail, has_files, *_hidden in page.rows
    ]
    return {"table": asked.show(page, rows)}


@view_config(
    route_name="core.staff_email", request_method="GET", renderer="riskportal:templates/emails/staff_one.jinja2"
)
def staff_email(request: Any) -> dict[str, Any]:
    """One mail, with what the other server said."""
    mail = letters.mail_of(request)
    return _values(request, mail, _form(request, mail))


@view_config(route_name="core.staff_email_content", request_method="GET")
def staff_email_content(request: Any) -> Any:
    """What stands in the page's frame."""
    return letters.content(letters.mail_of(request))


@view_config(route_name="core.staff_email_file", request_method="GET")
def staff_email_file(request: Any) -> Any:
    """An attachment."""
    return letters.file_answer(request, letters.mail_of(request))


@view_config(
    route_name="core.staff_email_again",
    request_method="POST",
    renderer="riskportal:templates/emails/staff_one.jinja2",
)
def staff_email_again(request: Any) -> Any:
    """Send a copy to where the mail went, and nowhere else."""
    mail = letters.mail_of(request)
    return submit(
        request,
        _form(request, mail),
        lambda data: letters.send_again(request, mail, mail.to_address, ROUTE),
        on_error=lambda form: _values(request, mail, form),
    )


def _form(request: Any, mail: OutgoingMail) -> Any:
    if not request.allows(P.STAFF_SEND):
        return None
    addresses = [("original", _("To the same address, {address}", address=mail.to_address))]
    return letters.again_form(request, mail, addresses, ROUTE)


def _values(request: Any, mail: OutgoingMail, form: Any) -> dict[str, Any]:
    user = find_user(request.db, mail.to_address) if request.allows("core.user.read") else None
    return {
        **letters.letter(request, mail, ROUTE),
        "form": form,
        "fix_url": request.route_path("core.staff_user", public_id=user.public_id) if user is not None else None,
        "list_url": request.route_path("core.staff_emails"),
        "group": groups_of(request, [mail]).get(mail.bill_group_id or 0),
    }
