"""One mail as both areas show it: its facts, its frame, its files, and sending it once more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import colander
from deform.widget import HiddenWidget, RadioChoiceWidget
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.response import Response

from riskportal.contracts.records import RecordRef
from riskportal.files.blobs import BlobMissing
from riskportal.files.services import download_headers
from riskportal.forms import Button, Problem, create_form
from riskportal.mail.categories import BY_NAME
from riskportal.mail.copies import CopyRefused
from riskportal.mail.models import QUEUED, MailAttachment, OutgoingMail
from riskportal.mail.services import has_secrets, shown
from riskportal.plug import Message, _
from riskportal.security import limits
from riskportal.security.cookies import in_console
from riskportal.shell.emails.frames import SANDBOX, allow_frame, framed
from riskportal.shell.emails.wording import reason_of, status_of, title_of

# Delivery that takes no longer than this is no news.
SOON = timedelta(minutes=5)


def category_of(request: Any, mail: OutgoingMail) -> Message | None:
    """What the mail is about; None for a kind whose module is gone or that another system sent."""
    email = request.registry.portal.seam.emails.get(mail.kind)
    return BY_NAME[email.category].label if email is not None else None


def kinds_of(request: Any, category: str) -> list[str]:
    """The kinds of a category."""
    return [email.name for email in request.registry.portal.seam.emails.values() if email.category == category]


def hidden_kinds(request: Any) -> set[str]:
    """The kinds about what the reader may not see (Email.about)."""
    seam, area = request.registry.portal.seam, "staff" if in_console(request) else "portal"

    def is_hidden(needed: str) -> bool:
        return seam.permissions[needed].area == area and not request.allows(needed)

    return {email.name for email in seam.emails.values() if any(map(is_hidden, email.about))}


def mail_of(request: Any) -> OutgoingMail:
    """The mail of the request's address; HTTPNotFound when the reader may not see what it is about."""
    mail: OutgoingMail = request.context.record
    if mail.kind in hidden_kinds(request):
        raise HTTPNotFound()
    return mail


def known_categories(request: Any) -> dict[str, Message]:
    """The categories that mails of the installed modules have, in their order, with their labels."""
    used = {email.category for email in request.registry.portal.seam.emails.values()}
    return {name: category.label for name, category in BY_NAME.items() if name in used}


def letter(request: Any, mail: OutgoingMail, route: str) -> dict[str, Any]:
    """What templates/emails/parts.jinja2 shows of a mail; `route` starts the names of the area's routes."""
    allow_frame(request)
    return {
        "mail": mail,
        "title": title_of(mail),
        "status": status_of(mail),
        "reason": reason_of(mail),
        "category": category_of(request, mail),
        "text": shown(mail.text),
        "length": _length(mail),
        "waited": mail.sent_at is None or mail.sent_at - mail.created_at > SOON,
        "hides_secrets": has_secrets(mail),
        "sandbox": SANDBOX,
        "content_url": path(request, f"{route}_content", mail),
        "files": [(file, path(request, f"{route}_file", mail, position=file.position)) for file in mail.attachments],
        "cannot_send": why_not_again(mail),
    }


# Lines of text from which a frame is taller: static/css/mail.css.
LENGTHS = ((16, "brief"), (24, "usual"), (36, "tall"))


def _length(mail: OutgoingMail) -> str:
    """How tall its frame should be: a sandboxed frame can't tell the page around it."""
    lines = sum(1 + len(line) // 60 for line in mail.text.splitlines())
    return next((name for most, name in LENGTHS if lines < most), "lengthy")


def why_not_again(mail: OutgoingMail) -> Message | None:
    """Why a mail can't be sent once more; None when it can."""
    if has_secrets(mail):
        return _("This e-mail held a link or a code that worked once. It was erased, so a copy would be of no use.")
    if mail.state == QUEUED:
        return _("This e-mail is still waiting to be sent.")
    return None


def content(mail: OutgoingMail) -> Response:
    """The mail's HTML for the frame, secrets hidden."""
    return framed(shown(mail.html), mail.language)


def file_answer(request: Any, mail: OutgoingMail) -> Response:
    """One of the mail's files, always as a download."""
    wanted = request.matchdict["position"]
    file: MailAttachment | None = next((f for f in mail.attachments if str(f.position) == wanted), None)
    if file is None:
        raise HTTPNotFound()
    try:
        stream = request.blobs.open(file.sha256)
    except BlobMissing:
        raise HTTPNotFound() from None
    with stream:
        response = Response(stream.read())
    response.headers.update(download_headers(file))
    return response


def again_form(request: Any, mail: OutgoingMail, addresses: Sequence[tuple[str, Message]], route: str) -> Any:
    """Asks where a copy shall go; with one address there is nothing to ask."""
    choice = len(addresses) > 1
    schema = colander.SchemaNode(colander.Mapping())
    schema.add(
        colander.SchemaNode(
            colander.String(),
            name="to",
            title=_("Where to?"),
            validator=colander.OneOf([value for value, _label in addresses]),
            widget=RadioChoiceWidget(values=tuple(addresses)) if choice else HiddenWidget(),
        )
    )
    button = Button("send", _("Send it again") if choice else addresses[0][1], tone="plain")
    return create_form(
        request,
        schema,
        action=path(request, f"{route}_again", mail),
        buttons=(button,),
        form_id="again",
        appstruct={"to": addresses[0][0]},
    )


def send_again(request: Any, mail: OutgoingMail, address: str, route: str) -> Any:
    """Send the copy, note it, and go back to the mail. Problem when it can't be sent."""
    limits.check(request, "mail.copy", str(request.user.id))
    try:
        request.registry.portal.mailer.again(request.db, request.tenant, mail, address)
    except CopyRefused:
        raise Problem({"": why_not_again(mail) or _("This e-mail can't be sent again.")}) from None
    request.audit(
        "core.mail_sent_again",
        record=RecordRef("core.mail", mail.public_id),
        bill_group_id=mail.bill_group_id,
        subject=title_of(mail),
        address=address,
    )
    request.note("good", _("A copy is on its way to {address}.", address=address))
    return HTTPSeeOther(path(request, route, mail))


def path(request: Any, route: str, mail: OutgoingMail, **parts: Any) -> str:
    """The address of a page about the mail, in the bill group of the request when there is one."""
    group = (request.matchdict or {}).get("bill_group")
    here = {"bill_group": group} if group and not route.startswith("core.staff_") else {}
    found: str = request.route_path(route, public_id=mail.public_id, **here, **parts)
    return found
