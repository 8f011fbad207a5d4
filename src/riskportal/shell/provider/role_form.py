"""The form of one role: its permissions as ticks, by module."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import CheckboxChoiceWidget

from riskportal.forms import Button, Form, create_form
from riskportal.identity.roles import changeable, defaults
from riskportal.plug import Message, Permission, _
from riskportal.shell.provider.forms import hidden
from riskportal.shell.provider.module_settings import titles


def role_form(request: Any, area: str, role: str) -> Form:
    """Ticks for what a role may do. In the staff area those that the reader lacks can't be chosen newly: they are
    shown only where the role holds them."""
    declared = request.registry.portal.seam.permissions
    held = request.tenant_config.role_permissions(area, role)
    usual, names = defaults(declared, area, role), titles(request)
    schema = colander.MappingSchema()
    schema.add(hidden("seen"))
    offered: dict[str, list[Permission]] = {}
    for permission in changeable(declared, area):
        if area != "staff" or permission.name in held or request.allows(permission.name):
            offered.setdefault(permission.name.partition(".")[0], []).append(permission)
    shown: dict[str, Any] = {"seen": " ".join(sorted(held))}
    for owner, permissions in offered.items():
        values = [(one.name, _label(one, one.name in held, one.name in usual)) for one in permissions]
        schema.add(_ticks(owner, names.get(owner, owner), values))
        shown[owner] = {one.name for one in permissions if one.name in held}
    buttons = [Button("save", _("Save"))]
    if any((one.name in held) != (one.name in usual) for one in changeable(declared, area)):
        buttons.append(Button("reset", _("Back to the default"), tone="plain"))
    return create_form(request, schema, form_id="role", buttons=buttons, appstruct=shown)


def _ticks(owner: str, title: str, values: list[tuple[str, Message | str]]) -> Any:
    return colander.SchemaNode(
        colander.Set(),
        name=owner,
        title=title,
        validator=colander.ContainsOnly([name for name, _label in values]),
        widget=CheckboxChoiceWidget(values=values),
    )


def _label(permission: Permission, held: bool, usual: bool) -> Message | str:
    """The permission in words, with a word where the role differs from the default."""
    if held and not usual:
        return _("{permission} (added here)", permission=permission.label)
    if usual and not held:
        return _("{permission} (part of the default)", permission=permission.label)
    return permission.label


def wanted_of(data: dict[str, Any]) -> set[str]:
    """The ticked permissions of a valid form."""
    return {name for key, names in data.items() if key != "seen" for name in names}


def seen_of(data: dict[str, Any]) -> list[str]:
    """What the role held when the form was shown."""
    return str(data["seen"]).split()
