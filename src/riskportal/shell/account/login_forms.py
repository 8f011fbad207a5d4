"""Forms about one's own login: preferences, a new address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import colander
from deform.widget import CheckboxChoiceWidget, OptGroup, SelectWidget

from riskportal.forms import CleanText, PersonName, clean_text, length
from riskportal.forms.widgets import EmailWidget, TextInputWidget
from riskportal.identity.addresses import MAX_ADDRESS, canonical_email
from riskportal.identity.preferences import NAME_LENGTH
from riskportal.mail.categories import BY_NAME
from riskportal.plug import _
from riskportal.security.cookies import in_console
from riskportal.web.i18n import LANGUAGES
from riskportal.web.locale import offered
from riskportal.web.zones import UTC_ZONE, is_zone, label, zone_names, zones_by_region

# The choice to leave it to others: to the browser (language), to the provider (time zone).
AUTOMATIC = "automatic"


class _Options:
    """A select field's options, once known among which a value must be; optgroups are (label, options)."""

    def __init__(self, values: Sequence[Any], allowed: frozenset[str]) -> None:
        self.values, self.allowed = values, allowed

    def widget(self) -> SelectWidget:
        return SelectWidget(values=self.values)

    def validator(self, node: Any, value: str) -> None:
        if value not in self.allowed:
            raise colander.Invalid(node, _("Choose one of the options."))


def _languages(request: Any) -> _Options:
    codes = offered(request)
    automatic = (AUTOMATIC, _("As my browser asks for it"))
    return _Options([automatic, *((code, LANGUAGES[code]) for code in codes)], frozenset([AUTOMATIC, *codes]))


def _zones(request: Any) -> _Options:
    now, language = request.clock.now(), request.locale_name
    zone = label(request.brand.time_zone, language, now)
    provider = _("The team’s: {zone}", zone=zone) if in_console(request) else _("Your provider’s: {zone}", zone=zone)
    own = request.user.time_zone
    # A name of another installation's data stays choosable as long as this one knows it.
    also = [(own, label(own, language, now))] if own and own not in zone_names() and is_zone(own) else []
    groups = [OptGroup(region, *zones) for region, zones in zones_by_region(language, now)]
    allowed = zone_names() | {AUTOMATIC, *(name for name, _label in also)}
    return _Options([(AUTOMATIC, provider), (UTC_ZONE, "UTC"), *also, *groups], frozenset(allowed))


def preferences_schema(request: Any, categories: Sequence[str]) -> Any:
    """Name, language and time zone; with `categories`, also which mails are wanted."""
    languages, zones = _languages(request), _zones(request)
    schema = colander.MappingSchema()
    schema.add(
        colander.SchemaNode(
            colander.String(),
            name="name",
            title=_("Your name"),
            description=_("How colleagues and customers see you, for example in the history of a change")
            if in_console(request)
            else _("How others in this account see you, for example in the history of a change"),
            missing="",
            preparer=clean_text,
            validator=colander.All(length(NAME_LENGTH), CleanText(), PersonName()),
            widget=TextInputWidget(autocomplete="name", maxlength=NAME_LENGTH),
        )
    )
    for name, title, options in (("language", _("Language"), languages), ("time_zone", _("Time zone"), zones)):
        schema.add(
            colander.SchemaNode(
                colander.String(),
                name=name,
                title=title,
                validator=options.validator,
                widget=options.widget(),
            )
        )
    schema["language"].description = _("For pages and for mails to you")
    schema["time_zone"].description = _(
        "For moments such as “signed in at 14:05”. Dates on invoices are the provider's for everybody."
    )
    if categories:
        schema.add(_mails(categories))
    return schema


def _mails(categories: Sequence[str]) -> Any:
    values = [(name, BY_NAME[name].label) for name in categories]
    hints = {name: BY_NAME[name].about for name in categories}
    return colander.SchemaNode(
        colander.Set(),
        name="mails",
        title=_("Mails about"),
        description=_(
            "Mails about security always come: sign-in links, new browsers, changed passwords, who has access."
        ),
        validator=colander.ContainsOnly(categories),
        widget=CheckboxChoiceWidget(values=values, hints=hints),
    )


class NewAddressSchema(colander.MappingSchema):
    """The address that a login shall move to."""

    email = colander.SchemaNode(
        colander.String(),
        title=_("New e-mail address"),
        description=_("We send a link there. Nothing changes before you have opened it and pressed its button."),
        validator=length(MAX_ADDRESS),
        widget=EmailWidget(),
    )

    def validator(self, node: Any, values: dict[str, str]) -> None:
        try:
            values["email"] = canonical_email(values["email"])
        except ValueError:
            problem = colander.Invalid(node)
            problem["email"] = _("Please enter one e-mail address, such as you@company.com")
            raise problem from None
