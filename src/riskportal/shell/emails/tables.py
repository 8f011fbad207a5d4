"""Tables of mails in the console: all of them, and those of one bill group as a tab on its page."""

from __future__ import annotations

import re
from typing import Any

from riskportal.customers.models import BillGroup
from riskportal.mail.categories import BY_NAME
from riskportal.mail.correspondence import Wanted, mails
from riskportal.mail.models import OutgoingMail
from riskportal.plug import Tab, _
from riskportal.plug.tables import Choice, Column, Table
from riskportal.shell.emails import letters
from riskportal.shell.emails.permissions import P
from riskportal.shell.emails.wording import STATES, status_of, title_of

# How the names of the console's routes about one mail begin.
ROUTE = "core.staff_email"
TAB_TEMPLATE = "riskportal:templates/emails/tab.jinja2"

_CHOICES = (
    Choice("state", _("State"), {"all": _("All"), **STATES}),
    Choice("about", _("About"), {"all": _("About anything"), **{name: c.label for name, c in BY_NAME.items()}}),
)
_DATE = Column(_("Date"), "created", falling=True, kind="date")
ALL = Table(
    "core.staff_emails",
    _("E-mails"),
    (Column(_("Subject")), Column(_("To")), Column(_("Account")), Column(_("State")), _DATE),
    order="-created",
    choices=_CHOICES,
    text=_("Subject or whole address"),
)
OF_GROUP = Table(
    "core.staff_bill_group",
    _("E-mails"),
    (Column(_("Subject")), Column(_("To")), Column(_("State")), _DATE),
    order="-created",
    choices=_CHOICES,
    text=_("Subject, text or address"),
)
# An address is found in an index, words are looked for row by row.
_WHOLE_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\Z")


def mails_tab(request: Any, group: BillGroup) -> Tab | None:
    """The tab on the page of a bill group; None for readers who may not see its mails.

    The page's own query carries what is asked of the table; its other parameters stay.
    """
    if not request.allows(P.STAFF_READ):
        return None

    def load() -> dict[str, Any]:
        own = {"q", "sort", "size", "at", "state", "about"}
        asked = request.table(OF_GROUP, {name: value for name, value in request.GET.items() if name not in own})
        page = mails(request.db, wanted(request, asked, whole=False), asked.at, bill_group_id=group.id)
        return {"table": asked.show(page, [row(request, mail, has_files) for mail, has_files, *_hidden in page.rows])}

    return Tab("core.emails", _("E-mails"), TAB_TEMPLATE, load, weight=70)


def wanted(request: Any, asked: Any, *, whole: bool = True) -> Wanted:
    """What is asked of the table; with `whole` a text that is an address means exactly this address."""
    state, about = asked.chosen["state"], asked.chosen["about"]
    address = whole and _WHOLE_ADDRESS.match(asked.text)
    return Wanted(
        text="" if address else asked.text,
        to=asked.text.lower() if address else "",
        state="" if state == "all" else state,
        kinds=None if about == "all" else letters.kinds_of(request, about),
        hidden=letters.hidden_kinds(request),
    )


def row(request: Any, mail: OutgoingMail, has_files: bool) -> dict[str, Any]:
    """What a table shows of a mail."""
    return {
        "mail": mail,
        "title": title_of(mail),
        "url": letters.path(request, ROUTE, mail),
        "status": status_of(mail),
        "has_files": has_files,
    }
