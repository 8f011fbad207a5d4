"""Forms made of what modules declare: a field for each setting, its default beside it.

A setting's node is the author's own colander node, which says what a value may be; the label and help of the
declaration are the field's. A node with a fixed list of values becomes a choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import colander
from deform.widget import SelectWidget

from riskportal.db.changes import mark, values_of
from riskportal.forms import Button, Form, create_form
from riskportal.plug import Message, Setting, _
from riskportal.plug.seam import CORE
from riskportal.shell.provider.forms import hidden
from riskportal.tenancy.services import CONFIG
from riskportal.web.visible import visible

PORTAL = _("Portal")


@dataclass(frozen=True)
class Described:
    """A setting as the pages show it: its value and default in words, and whether the tenant chose the value."""

    setting: Setting
    value: str
    default: str
    chosen: bool


def settings_of(request: Any) -> dict[str, list[Setting]]:
    """The declared settings by the module that declared them, in the order of the ini file."""
    found: dict[str, list[Setting]] = {}
    for key, setting in request.registry.portal.seam.settings.items():
        found.setdefault(key.partition(".")[0], []).append(setting)
    return found


def titles(request: Any) -> dict[str, str]:
    """What modules are called, in the reader's language."""
    say = request.translate
    named = {loaded.module.name: say(loaded.module.title) for loaded in request.registry.portal.seam.modules}
    return {CORE: say(PORTAL), **named}


def described(request: Any, setting: Setting) -> Described:
    """A setting with what holds for the tenant now."""
    config = request.tenant_config
    return Described(
        setting,
        value=shown_value(request, setting, config.setting(setting.key)),
        default=shown_value(request, setting, setting.default),
        chosen=setting.key in config.values,
    )


def shown_value(request: Any, setting: Setting, value: Any) -> str:
    """A value in words."""
    say = request.translate
    if isinstance(value, bool):
        return str(say(_("yes") if value else _("no")))
    if value is None or value == "" or value is colander.null:
        return str(say(_("nothing")))
    named = dict(_choices(setting.node))
    if isinstance(value, str) and value in named:
        return str(say(named[value]))
    if isinstance(value, int | Decimal):
        return str(request.fmt.number(value))
    if isinstance(value, date):
        return str(request.fmt.date(value))
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(shown_value(request, setting, item) for item in value)
    return visible(str(value))


def settings_form(request: Any, owner: str) -> Form:
    """The form for the settings of a module, filled with what holds now."""
    schema = colander.MappingSchema()
    schema.add(hidden("seen"))
    shown: dict[str, Any] = {"seen": mark(values_of(request.tenant, CONFIG))}
    for setting in settings_of(request)[owner]:
        node = _node(request, setting)
        schema.add(node)
        value = request.tenant_config.setting(setting.key)
        shown[node.name] = colander.null if value is None else value
    return create_form(request, schema, form_id="settings", buttons=(Button("save", _("Save")),), appstruct=shown)


def changed_values(request: Any, owner: str, data: dict[str, Any]) -> list[tuple[Setting, Any]]:
    """The settings of a valid form that differ from what holds now, with their new values."""
    values = [(setting, data[_name(setting)]) for setting in settings_of(request)[owner]]
    return [(setting, value) for setting, value in values if value != request.tenant_config.setting(setting.key)]


def written(setting: Setting, value: Any) -> Any:
    """A value in the form in which it is stored; None for nothing."""
    cstruct = setting.node.serialize(colander.null if value is None else value)
    return None if cstruct is colander.null else cstruct


def _name(setting: Setting) -> str:
    return setting.key.replace(".", "_")


def _node(request: Any, setting: Setting) -> Any:
    node = setting.node.clone()
    node.name, node.title = _name(setting), setting.label
    default = shown_value(request, setting, setting.default)
    comes: Message = _("Default: {value}", value=default)
    say = request.translate
    node.description = f"{say(setting.help)} {say(comes)}" if setting.help else comes
    choices = _choices(node)
    if choices and getattr(node, "widget", None) is None:
        node.widget = SelectWidget(values=choices)
    return node


def _choices(node: Any) -> Sequence[tuple[str, Any]]:
    """The values that a node allows with their names, when it lists them: by its widget or by OneOf."""
    widget = getattr(node, "widget", None)
    if widget is not None and getattr(widget, "values", None):
        return [(str(value), title) for value, title in widget.values]
    validators = getattr(node.validator, "validators", [node.validator])
    allowed = next((one.choices for one in validators if isinstance(one, colander.OneOf)), ())
    return [(str(value), str(value)) for value in allowed]
