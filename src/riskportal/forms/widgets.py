"""Widgets over deform's: same reading of posted values, our templates, native inputs.

`choose(node)` gives every schema node without a widget the right one, so that schemas stay free of
presentation in the common case. Presentational options are plain keywords of a widget:
`autocomplete`, `inputmode`, `placeholder`, `maxlength`, `css_class`, `code` (group size), `unit`.
"""

from __future__ import annotations

from typing import Any

import colander
import deform
from deform import widget

from riskportal.forms.types import MoneyText, Upload


class Button(deform.Button):
    """A submit button. tone: primary | plain | danger; the first button of a form is primary by default.

    `action` sends the form elsewhere, `target` names the frame that shows the answer.
    """

    def __init__(
        self, name: str = "save", title: str | None = None, tone: str = "", *, action: str = "", target: str = ""
    ) -> None:
        super().__init__(name=name, title=title)
        self.tone, self.action, self.target = tone, action, target


class TextInputWidget(widget.TextInputWidget):
    """One line of text."""

    input_type = "text"
    autocomplete: str | None = None
    inputmode: str | None = None
    placeholder: str | None = None
    maxlength: int | None = None
    code: int | None = None
    # The first thing to do on a page; a summary of problems stands before it and outranks it.
    autofocus: bool = False


class EmailWidget(TextInputWidget):
    input_type, autocomplete = "email", "email"


class UrlWidget(TextInputWidget):
    input_type, autocomplete = "url", "url"


class PhoneWidget(TextInputWidget):
    input_type, autocomplete = "tel", "tel"


class DateWidget(TextInputWidget):
    """The browser's own date field; posts and shows ISO dates."""

    input_type, css_class = "date", "short"


class CodeWidget(TextInputWidget):
    """A one-time code, shown in groups of `code` characters when script runs."""

    autocomplete, inputmode, css_class, code = "one-time-code", "text", "code", 4


class MoneyWidget(TextInputWidget):
    """An amount with its currency beside it; the node's type is MoneyText."""

    template = "moneyinput"
    inputmode, css_class = "decimal", "amount"


class PasswordWidget(widget.PasswordWidget):
    """A secret: never written back into the page, and read exactly as it was typed. `meter` is the address that
    says, while it is typed, how strong a new one is."""

    input_type, autocomplete, strip = "password", "current-password", False
    meter: str | None = None


class TextAreaWidget(widget.TextAreaWidget):
    rows: int = 5
    maxlength: int | None = None
    autocomplete: str | None = None
    placeholder: str | None = None


class FileWidget(widget.Widget):
    """A native file field. Chosen files can't be shown again by a browser, so they are chosen anew after
    an error elsewhere; the template says so."""

    template = "file_upload"
    accept: str | None = None

    def serialize(self, field: Any, cstruct: Any, **kw: Any) -> str:
        # As it comes: a plain str of it would be escaped again, and the page show its source.
        markup: str = field.renderer(self.template, **self.get_template_values(field, cstruct, kw))
        return markup

    def deserialize(self, field: Any, pstruct: Any) -> Any:
        return colander.null if pstruct is colander.null or not getattr(pstruct, "filename", "") else pstruct


class SequenceWidget(widget.SequenceWidget):
    """Rows of fields. Without script `spare` empty rows are offered; empty rows are dropped when read."""

    spare = 1
    add_label: Any = None

    def prototype(self, field: Any) -> Any:
        """The empty row that script clones; its ids carry a mark that script makes unique."""
        item = field.children[0].clone()
        name_ids(item, f"{field.oid}-__row__")
        return item.render_template(self.item_template, parent=field, spare=False)

    def spare_rows(self, field: Any, shown: int) -> list[Any]:
        """Empty rows for people without script, within the longest length allowed."""
        room = self.spare if self.max_len is None else min(self.spare, max(self.max_len - shown, 0))
        return [field.children[0].clone() for _ in range(room)]

    def deserialize(self, field: Any, pstruct: Any) -> Any:
        if isinstance(pstruct, list):
            pstruct = [item for item in pstruct if not blank(item)]
        return super().deserialize(field, pstruct)


def blank(pstruct: Any) -> bool:
    """Whether a posted row holds nothing but empty texts."""
    if isinstance(pstruct, dict):
        return all(blank(value) for value in pstruct.values())
    if isinstance(pstruct, list):
        return all(blank(value) for value in pstruct)
    return isinstance(pstruct, str) and not pstruct.strip()


def name_ids(field: Any, oid: str) -> None:
    """Give a field and all below it ids that say where they stand, stable from one request to the next."""
    field.oid = oid
    for child in field.children:
        name_ids(child, f"{oid}-{child.name}")


_BY_TYPE: tuple[tuple[type, type[widget.Widget]], ...] = (
    (colander.Boolean, widget.CheckboxWidget),
    (colander.Date, DateWidget),
    (MoneyText, MoneyWidget),
    (Upload, FileWidget),
    (colander.Mapping, widget.MappingWidget),
    (colander.Sequence, SequenceWidget),
)


def choose(node: Any) -> None:
    """Set a widget on every node below `node` that has none, and on nodes whose default is deform's own."""
    for child in node.children:
        if getattr(child, "widget", None) is None:
            made = next((kind for typ, kind in _BY_TYPE if isinstance(child.typ, typ)), TextInputWidget)
            child.widget = made()
        choose(child)


def has_files(node: Any) -> bool:
    """Whether the form must be posted as multipart."""
    return isinstance(node.typ, Upload) or any(has_files(child) for child in node.children)
