"""The form in which a tenant writes its own words for a mail."""

from __future__ import annotations

from typing import Any

import colander

from riskportal.forms import Button, clean_text, create_form, length
from riskportal.forms.widgets import TextAreaWidget, TextInputWidget
from riskportal.mail.own import LONGEST_BODY, LONGEST_SUBJECT, OwnText
from riskportal.plug import _

# The name of the frame that shows what the words become.
FRAME = "mail-preview"


class TextSchema(colander.MappingSchema):
    """Subject and body; what placeholders they may have is judged by riskportal.mail.own."""

    subject = colander.SchemaNode(
        colander.String(),
        title=_("Subject"),
        preparer=clean_text,
        validator=length(LONGEST_SUBJECT),
        widget=TextInputWidget(maxlength=LONGEST_SUBJECT, autocomplete="off"),
    )
    body = colander.SchemaNode(
        colander.String(),
        title=_("Text"),
        description=_(
            "A blank line starts a paragraph. A link alone in its paragraph becomes a button; words before it, as "
            "in “Sign in: {link}”, become its label."
        ),
        preparer=clean_text,
        validator=length(LONGEST_BODY),
        widget=TextAreaWidget(rows=18, autocomplete="off"),
    )


def text_form(request: Any, text: OwnText | None, url: str) -> Any:
    """The form at `url`; beside saving, it is shown in the frame and sent to the reader as a test."""
    shown = text or OwnText("", "")
    return create_form(
        request,
        TextSchema,
        action=url,
        buttons=(
            Button("save", _("Save")),
            Button("preview", _("Show in the preview"), action=f"{url}/preview", target=FRAME),
            Button("test", _("Send me a test"), action=f"{url}/test#sent"),
        ),
        form_id="text",
        appstruct={"subject": shown.subject, "body": shown.body},
    )


def text_of(data: dict[str, str]) -> OwnText:
    """The text of a valid form."""
    return OwnText(data["subject"], data["body"])
