"""A mail sent once more: the same words, files and subject, with a line on top that says what it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from markupsafe import escape

from riskportal.mail.models import FAILED, OutgoingMail
from riskportal.mail.rendering import Rendered, one_line
from riskportal.plug.messages import Message, _

_BODY = re.compile(r"<body\b[^>]*>", re.I)
_NOTE = (
    '<p class="soft" style="margin:0 auto;max-width:560px;padding:12px 16px 0;font:400 14px/20px -apple-system,'
    "'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#5c646c;\">{note}</p>"
)


class CopyRefused(ValueError):
    """The mail can't be sent once more; the message says why."""


def as_copy(mail: OutgoingMail, fmt: Any, translate: Callable[[Message], str]) -> Rendered:
    """The parts of a copy in the mail's language; `fmt` writes dates (None: ISO 8601)."""
    instant = mail.sent_at or mail.created_at
    day = fmt.datetime(instant) if fmt is not None else instant.isoformat()
    note = translate(_note(mail, day))
    subject = translate(_("Copy: {subject}", subject=mail.subject))
    return Rendered(one_line(subject), f"{note}\n\n{mail.text}", with_note(mail.html, note))


def _note(mail: OutgoingMail, day: str) -> Message:
    if mail.state == FAILED:
        return _(
            "This is a copy of a mail to {address} that could not be delivered ({day}).",
            address=mail.to_address,
            day=day,
        )
    return _("This is a copy. The original went to {address} ({day}).", address=mail.to_address, day=day)


def with_note(html: str, note: str) -> str:
    """The HTML with a plain line as the first thing of its body."""
    # Not str.format: the fonts' braces are none of its business. A function, so that no \\1 in a note counts.
    written = _NOTE.replace("{note}", str(escape(note)))
    if not _BODY.search(html):
        return written + html
    return _BODY.sub(lambda match: match[0] + written, html, count=1)
