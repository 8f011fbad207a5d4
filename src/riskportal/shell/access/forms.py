"""Forms about access: a rule, an invitation, the rights of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import colander
from deform.widget import CheckboxChoiceWidget, CheckboxWidget, HiddenWidget, RadioChoiceWidget, SelectWidget

from riskportal.clock import end_of_day
from riskportal.forms import CleanText, LocalDate, PersonName, clean_text, length
from riskportal.forms.widgets import EmailWidget, TextInputWidget
from riskportal.identity.addresses import MAX_ADDRESS
from riskportal.identity.rights import Rights
from riskportal.identity.rules import REASON_LENGTH
from riskportal.plug import Message, _
from riskportal.shell.access.words import RoleWords, either, hint_of, last_day, readable

NAME_LENGTH = 200
# In the place of a role: permissions chosen one by one.
OWN = "own"
# A date beyond is a slip of the pen, and the last ones can't be stored as instants.
LATEST = date(2199, 12, 31)
# Four hundred boxes are more than anybody reads, and a form holds a thousand fields.
MOST_RECORDS = 400


@dataclass(frozen=True)
class Kind:
    """A kind of records that access can be limited to: its name, its label, the same of many, (public id, title)
    of each; whether there are `more` of them than these."""

    name: str
    label: str
    many: str
    records: Sequence[tuple[str, str]]
    more: bool = False

    @property
    def field(self) -> str:
        """The name of its field in the form."""
        return self.name.replace(".", "_")


@dataclass(frozen=True)
class Offer:
    """What somebody may give: roles, single permissions by module as (name, label), limits, the zone of dates.

    `about_records` are the labels of the permissions that remain when access is limited.
    """

    roles: Sequence[RoleWords]
    permissions: Mapping[str, tuple[Message | str, Sequence[tuple[str, str]]]]
    kinds: Sequence[Kind]
    about_records: Sequence[str]
    zone: str
    today: date

    @property
    def names(self) -> frozenset[str]:
        """The permissions that can be ticked."""
        return frozenset(name for _title, choices in self.permissions.values() for name, _label in choices)


def rule_schema(
    roles: Sequence[RoleWords],
    *,
    with_value: bool,
    with_reason: bool = False,
    reason_needed: Message | None = None,
    odd: str = "",
) -> colander.MappingSchema:
    """A new rule, or (without its value) the role and the end of one that is there.

    `reason_needed` says why there must be a reason. An `odd` domain, which may be mistaken for another one, has to be
    confirmed: the tick's value is the domain, so that it confirms no other one.
    """
    schema = colander.MappingSchema()
    if with_value:
        schema.add(
            _node(
                "value",
                _("Domain or e-mail address"),
                _("One at a time: company.com for everybody there, or ada@company.com for one person."),
                length(MAX_ADDRESS),
                TextInputWidget(inputmode="email", autocomplete="off", maxlength=MAX_ADDRESS),
            )
        )
        if odd:
            schema.add(_sure_node(odd))
    else:
        schema.add(_seen_node())
    schema.add(_role_node(roles, own=False))
    schema.add(_until_node(_("Last day"), _("Without a date it has no end.")))
    if with_reason:
        reason = _node(
            "reason",
            _("Why this domain is let in"),
            _("Everybody with an address there gets in. The reason is kept."),
            colander.All(length(REASON_LENGTH), CleanText()),
            TextInputWidget(maxlength=REASON_LENGTH),
            missing=colander.required if reason_needed else "",
        )
        if reason_needed:
            reason.missing_msg = reason_needed
        schema.add(reason)
    return schema


def invitation_schema(offer: Offer, languages: Sequence[tuple[str, str]]) -> colander.MappingSchema:
    """Somebody new: who they are, and their rights."""
    schema = colander.MappingSchema()
    schema.add(
        _node(
            "email",
            _("E-mail address"),
            _("They sign in with this address; no password is needed."),
            length(MAX_ADDRESS),
            EmailWidget(autocomplete="off"),
        )
    )
    name = colander.All(length(NAME_LENGTH), CleanText(), PersonName())
    schema.add(_node("name", _("Name"), None, name, TextInputWidget(autocomplete="off"), missing=""))
    if len(languages) > 1:
        choice = colander.SchemaNode(colander.String(), name="language", title=_("Language of the invitation"))
        choice.widget = SelectWidget(values=list(languages))
        choice.validator = colander.OneOf([code for code, _label in languages])
        schema.add(choice)
    return add_rights(schema, offer)


def add_rights(schema: colander.MappingSchema, offer: Offer) -> colander.MappingSchema:
    """The fields for somebody's rights: a role or single permissions, a limit, a last day."""
    schema.add(_seen_node())
    schema.add(_role_node(offer.roles, own=True))
    modules = colander.MappingSchema(name="permissions", title=_("Single permissions"), missing=colander.drop)
    modules.description = _("They count when you choose single permissions above.")
    for module, (title, choices) in offer.permissions.items():
        modules.add(_ticks(module, title, choices))
    schema.add(modules)
    if offer.kinds:
        schema.add(
            colander.SchemaNode(
                colander.Boolean(),
                name="limited",
                title=_("Only certain {things}", things=either([kind.many for kind in offer.kinds])),
                description=_(
                    "They then see what is chosen below and their own login, and nothing else: no invoices, no "
                    "people. Of what they may do this remains: {what}",
                    what=" · ".join(offer.about_records),
                ),
                missing=False,
            )
        )
        records = colander.MappingSchema(name="records", title=_("Which ones"), missing=colander.drop)
        for kind in offer.kinds:
            ticks = _ticks(kind.field, kind.label, kind.records)
            if kind.more:
                ticks.description = _("There are more: these are the first {n} by name.", n=MOST_RECORDS)
            records.add(ticks)
        schema.add(records)
    schema.add(_until_node(_("Last day"), _("After it they are out by themselves. Without a date it has no end.")))
    return schema


def end_from(last: date | None, zone: str, before: datetime | None = None) -> datetime | None:
    """The instant after a last day; what was there `before` stays exactly when its day stays."""
    if last is None:
        return None
    return before if before is not None and last == last_day(before, zone) else end_of_day(last, zone)


def rights_from(values: Mapping[str, Any], offer: Offer, before: Rights | None = None) -> Rights:
    """The rights that a form says, of somebody who has had those `before`."""
    own = values["role"] == OWN
    ticked = values.get("permissions") or {}
    limits = None
    if values.get("limited"):
        chosen = values.get("records") or {}
        limits = frozenset((kind.name, record) for kind in offer.kinds for record in chosen.get(kind.field, ()))
    permissions = frozenset(name for names in ticked.values() for name in names) if own else frozenset()
    # What the form can't show, because its module is off at the moment, nobody takes away.
    hidden = before.permissions - offer.names if own and before else frozenset()
    return Rights(
        role=None if own else values["role"],
        permissions=permissions | hidden,
        limited_to=limits,
        expires_at=end_from(values["until"], offer.zone, before.expires_at if before else None),
    )


def values_of(rights: Rights, offer: Offer) -> dict[str, Any]:
    """What a form shows of rights."""
    limited = rights.limited_to or frozenset()
    return {
        "seen": rights.mark,
        "role": rights.role or OWN,
        "permissions": {
            module: {name for name, _label in choices if name in rights.permissions}
            for module, (_title, choices) in offer.permissions.items()
        },
        "limited": rights.limited_to is not None,
        "records": {
            kind.field: {record for record, _title in kind.records if (kind.name, record) in limited}
            for kind in offer.kinds
        },
        "until": last_day(rights.expires_at, offer.zone) or colander.null,
    }


def _node(
    name: str, title: Message, hint: Message | None, validator: Any, widget: Any, missing: Any = colander.required
) -> colander.SchemaNode:
    return colander.SchemaNode(
        colander.String(),
        name=name,
        title=title,
        description=hint or "",
        validator=validator,
        preparer=clean_text,
        widget=widget,
        missing=missing,
    )


def _role_node(roles: Sequence[RoleWords], *, own: bool) -> colander.SchemaNode:
    values = [(role.name, role.label) for role in roles]
    hints: dict[str, Any] = {role.name: hint_of(role) for role in roles}
    if own:
        values.append((OWN, _("Single permissions")))
        hints[OWN] = _("Choose below what this person may do.")
    node = colander.SchemaNode(colander.String(), name="role", title=_("May do"))
    node.widget = RadioChoiceWidget(
        values=values, hints=hints, details={role.name: role.labels for role in roles if role.labels}
    )
    node.validator = colander.OneOf([value for value, _label in values])
    return node


def _sure_node(domain: str) -> colander.SchemaNode:
    title = _("{domain} is right. I have checked it with the customer.", domain=readable(domain))
    widget = CheckboxWidget(true_val=domain, false_val="")
    return colander.SchemaNode(colander.String(), name="sure", title=title, widget=widget, missing="")


def _seen_node() -> colander.SchemaNode:
    """The mark of the rights that the form was opened with."""
    return colander.SchemaNode(colander.String(), name="seen", missing="", widget=HiddenWidget())


def _until_node(title: Message, hint: Message) -> colander.SchemaNode:
    return colander.SchemaNode(
        colander.Date(),
        name="until",
        title=title,
        description=hint,
        missing=None,
        validator=LocalDate(latest=LATEST),
    )


def _ticks(name: str, title: Message | str, choices: Sequence[tuple[str, str]]) -> colander.SchemaNode:
    node = colander.SchemaNode(colander.Set(), name=name, title=title, missing=())
    node.widget = CheckboxChoiceWidget(values=list(choices))
    node.validator = colander.ContainsOnly([value for value, _title in choices])
    return node
