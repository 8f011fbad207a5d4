"""Making a form and taking its submission.

A submission is refused as a whole (HTTP 400, everything typed is kept) when a value is wrong, when it
names a field that the form does not have, or when its structure is not the form's. The CSRF token is
part of every form; checking it is the view's deriver's task (riskportal.security).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import colander
import deform
import peppercorn  # type: ignore[import-untyped]
from deform.widget import FormWidget
from markupsafe import Markup
from pyramid.csrf import get_csrf_token

from riskportal.forms.messages import at_field, translator
from riskportal.forms.renderer import FormRenderer
from riskportal.forms.widgets import Button, choose, has_files, name_ids
from riskportal.plug.messages import _

MAX_CONTROLS = 1000
MAX_DEPTH = 8
_OWN_KEYS = frozenset({"csrf_token", "__formid__", "_charset_"})


class Problem(Exception):
    """Raised by `on_success` to refuse data that only a service can judge: {"field": message}.

    The key "" stands for the form as a whole. Nothing of the request's transaction is kept, unless `keep` says
    that it must be: a wrong password leaves a trace, a try is counted.
    """

    def __init__(self, messages: dict[str, Any], *, keep: bool = False) -> None:
        super().__init__(", ".join(f"{key or 'form'}: {text}" for key, text in messages.items()))
        self.messages = messages
        self.keep = keep


class Form(deform.Form):
    """A deform form that prints itself: `{{ form }}` in a template."""

    multipart = False
    csrf_token = ""
    notes: tuple[Any, ...] = ()

    def __html__(self) -> Markup:
        return Markup(self.render())  # noqa: S704 - our autoescaping templates made it

    def problems(self) -> list[tuple[str, str, str]]:
        """(id of the field, its title, message) of every wrong field in page order, for the summary."""
        say = self.renderer.translate
        found = [("", "", say(note)) for note in self.notes]
        found += [("", "", text) for text in self.messages_of(self)]
        for field in _fields(self):
            found += [(field.oid, say(field.title), text) for text in self.messages_of(field)]
        return found

    def messages_of(self, field: Any) -> list[str]:
        """The messages at this very field, each once."""
        return at_field(field, self.renderer.translate)


def create_form(
    request: Any,
    schema: Any,
    *,
    action: str | None = None,
    buttons: Sequence[Button | str] = (),
    form_id: str = "form",
    appstruct: Any = colander.null,
) -> Form:
    """A form for a colander schema (class or instance), bound with `request`.

    `action` defaults to the page itself, `buttons` to one "Save". `appstruct` holds the values shown.
    """
    node = (schema() if isinstance(schema, type) else schema).bind(request=request)
    if getattr(node, "widget", None) is None:
        node.widget = FormWidget()
    choose(node)
    form = Form(
        node,
        action=request.path if action is None else action,
        buttons=[_button(button) for button in buttons or (Button("save", _("Save")),)],
        formid=form_id,
        renderer=FormRenderer(translator(request)),
        appstruct=appstruct,
        focus="off",
    )
    name_ids(form, form_id)
    form.multipart = has_files(node)
    form.csrf_token = get_csrf_token(request)
    return form


def _button(button: Button | str) -> Button:
    return Button(button) if isinstance(button, str) else button


def submit(
    request: Any,
    form: Form,
    on_success: Callable[[Any], Any],
    *,
    on_error: Callable[[Form], Any] | None = None,
) -> Any:
    """`on_success(appstruct)` for valid data; otherwise HTTP 400 and what the page needs to show it again.

    That is `on_error(form)`, or {"form": form} for the view's renderer.
    """
    try:
        appstruct = _validated(form, request.POST.items())
        if appstruct is not None:
            return on_success(appstruct)
    except Problem as problem:
        _attach(form, problem)
        if problem.keep:
            # pyramid_tm's word for "commit all the same"; riskportal.security.headers takes it off again.
            request.response.headers["X-Tm"] = "commit"
        else:
            _forget_writes(request)
    request.response.status_int = 400
    return on_error(form) if on_error else {"form": form}


def _validated(form: Form, controls: Iterable[tuple[str, Any]]) -> Any:
    """The appstruct, or None with the errors on the form."""
    try:
        pstruct = _parse(list(controls))
    except ValueError:
        form.notes = (_("This form could not be read. Please try again."),)
        return None
    own = _OWN_KEYS | {button.name for button in form.buttons}
    pstruct = {key: value for key, value in pstruct.items() if key not in own or key in form}
    pstruct, strange = _fit(form, pstruct)
    try:
        appstruct = form.validate_pstruct(pstruct)
    except deform.ValidationFailure:
        appstruct = None
    if strange:
        form.notes = (_("This form has changed. Please check it and send it again."),)
        return None
    return appstruct


def _parse(controls: list[tuple[str, Any]]) -> dict[str, Any]:
    """Peppercorn's structure within bounds; ValueError for anything else."""
    if len(controls) > MAX_CONTROLS:
        raise ValueError("too many controls")
    depth = 0
    for key, value in controls:
        if key == "__start__":
            depth += 1
            if not isinstance(value, str):
                raise ValueError("a start marker is not text")
        elif key == "__end__":
            depth -= 1
        if not 0 <= depth <= MAX_DEPTH:
            raise ValueError("structure too deep or out of order")
    parsed: dict[str, Any] = peppercorn.parse(controls)
    return parsed


def _fit(field: Any, pstruct: Any) -> tuple[Any, bool]:
    """The part of a posted structure that has the form's shape, and whether there was anything else."""
    if isinstance(field.typ, colander.Mapping):
        if not isinstance(pstruct, dict):
            return {}, True
        fitted, strange = {}, False
        for key, value in pstruct.items():
            if key not in field:
                strange = True
                continue
            fitted[key], odd = _fit(field[key], value)
            strange = strange or odd
        return fitted, strange
    if isinstance(field.typ, colander.Sequence):
        if not isinstance(pstruct, list):
            return [], True
        pairs = [_fit(field.children[0], value) for value in pstruct]
        return [value for value, _odd in pairs], any(odd for _value, odd in pairs)
    if isinstance(field.typ, colander.Set):
        texts = [value for value in pstruct if isinstance(value, str)] if isinstance(pstruct, list) else []
        return texts, not isinstance(pstruct, list) or len(texts) != len(pstruct)
    if isinstance(pstruct, dict | list) or not (isinstance(pstruct, str) or has_files(field.schema)):
        # A structure or an uploaded file in the place of a text.
        return colander.null, True
    if isinstance(pstruct, str) and "\x00" in pstruct:
        return pstruct.replace("\x00", ""), True
    return pstruct, False


def _attach(form: Form, problem: Problem) -> None:
    """Put a service's objections beside their fields, with what was typed still in place."""
    for key, text in problem.messages.items():
        field = form[key] if key and key in form else form
        field.error = colander.Invalid(field.schema, text)


def _forget_writes(request: Any) -> None:
    """What `on_success` wrote before it objected must not be committed with the page that says so."""
    manager = getattr(request, "tm", None)
    if manager is not None:
        manager.doom()


def _fields(field: Any) -> Iterable[Any]:
    """All fields below, in page order; rows of a sequence instead of their pattern."""
    children = getattr(field, "sequence_fields", None) or field.children
    if isinstance(field.typ, colander.Sequence) and not getattr(field, "sequence_fields", None):
        return
    for child in children:
        yield child
        yield from _fields(child)
