"""Forms of the provider's settings. Values are judged by the same functions as on the command line and in
portfolio files (riskportal.tenancy); here stand the words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import colander
from deform.widget import CheckboxChoiceWidget, HiddenWidget, OptGroup, RadioChoiceWidget, SelectWidget

from riskportal.customers.details import vat_number_to_keep
from riskportal.customers.phones import read_phone
from riskportal.db.changes import Outdated, mark, values_of
from riskportal.forms import Button, CleanText, Form, Upload, clean_text, create_form, length
from riskportal.forms.widgets import EmailWidget, FileWidget, PhoneWidget, TextInputWidget, UrlWidget
from riskportal.identity.addresses import MAX_ADDRESS, canonical_email
from riskportal.mail.addresses import check_name
from riskportal.mail.rendering import MailError
from riskportal.plug import Message, _
from riskportal.shell.provider.wording import FIELDS
from riskportal.tenancy.brand import AccentRefused, checked_accent
from riskportal.tenancy.details import checked_bic, checked_iban, checked_time_zone
from riskportal.tenancy.hosts import BASE_URL_LENGTH, canonical_base_url, canonical_host
from riskportal.tenancy.models import Tenant
from riskportal.web.countries import countries
from riskportal.web.i18n import LANGUAGES
from riskportal.web.zones import UTC_ZONE, label, zones_by_region

BRAND = ("name", "accent")
CONTACT = ("sender_name", "sender_address", "support_email", "phone", "languages", "time_zone")
COMPANY = (
    *("legal_name", "address_line1", "address_line2", "postcode", "city", "country"),
    *("vat_number", "registration_number", "iban", "bic"),
)
HOST_LENGTH = 253


class Checked:
    """A validator that says `message` when `accept` raises over a value."""

    def __init__(self, accept: Callable[[str], str], message: Message) -> None:
        self.accept, self.message = accept, message

    def __call__(self, node: Any, value: str) -> None:
        try:
            self.accept(value)
        except (ValueError, MailError):
            raise colander.Invalid(node, self.message) from None


def _accent(node: Any, value: str) -> None:
    try:
        checked_accent(value)
    except AccentRefused as refused:
        raise colander.Invalid(node, accent_problem(refused)) from None


def one_place(ratio: float) -> Decimal:
    """A contrast as it is shown: to one decimal place, in the reader's own separators."""
    return Decimal(f"{ratio:.1f}").normalize()


def accent_problem(refused: AccentRefused) -> Message:
    """Why a colour can't be the accent, in words."""
    ratio = one_place(refused.ratio)
    if refused.code == "pale":
        return _(
            "This colour is too pale: its contrast with a white page is {ratio}:1. Choose a darker one, of 3:1 or "
            "more.",
            ratio=ratio,
        )
    if refused.code == "unreadable":
        return _("No text can be read on this colour: the contrast is {ratio}:1. Choose a darker one.", ratio=ratio)
    return _("Write a colour as # and six digits, for example #0b5d57.")


_EMAIL = Checked(canonical_email, _("Write an e-mail address such as name@company.com."))
_ONE_LINE = Checked(check_name, _("Write this on one line."))
_CHECKS: dict[str, Any] = {
    "name": _ONE_LINE,
    "accent": _accent,
    "sender_name": _ONE_LINE,
    "sender_address": _EMAIL,
    "support_email": _EMAIL,
    "phone": Checked(read_phone, _("Write a telephone number with its country code, for example +49 40 123456.")),
    "time_zone": Checked(checked_time_zone, _("Choose one of the options.")),
    "iban": Checked(checked_iban, _("This is no IBAN: please compare it with your papers, digit by digit.")),
    "bic": Checked(checked_bic, _("A BIC has 8 or 11 characters, for example COBADEFFXXX.")),
}
_CANONICAL: dict[str, Callable[[str], str]] = {
    "accent": checked_accent,
    "sender_address": canonical_email,
    "support_email": canonical_email,
    "phone": read_phone,
    "iban": checked_iban,
    "bic": checked_bic,
}
_LENGTHS = {
    "accent": 7, "sender_address": MAX_ADDRESS, "support_email": MAX_ADDRESS, "phone": 40, "postcode": 20,
    "city": 100, "vat_number": 30, "registration_number": 60, "iban": 42, "bic": 14,
}  # fmt: skip
_NEEDED = frozenset(
    {"name", "accent", "legal_name", "sender_name", "sender_address", "languages", "time_zone", "country"}
)
_HINTS: dict[str, Message] = {
    "name": _("As your customers know you. It stands on every page and mail."),
    "accent": _("The colour of buttons and links: # and six digits."),
    "sender_name": _("Who mails come from."),
    "sender_address": _("Your mail server must be allowed to send under this address."),
    "support_email": _("Where customers get help. It stands at the foot of every page and mail."),
    "languages": _("Readers choose among them. The first is for those who ask for none of them."),
    "time_zone": _("Due dates and the days of the audit log are counted in it."),
    "legal_name": _("As it stands on invoices."),
    "iban": _("Customers pay invoices to this account."),
}
_AUTOCOMPLETE = {
    "address_line1": "address-line1", "address_line2": "address-line2", "postcode": "postal-code",
    "city": "address-level2", "legal_name": "organization",
}  # fmt: skip


def tenant_form(request: Any, columns: Sequence[str], *, form_id: str, buttons: Sequence[Button] = ()) -> Form:
    """A form for these columns of the tenant, with the mark of what they hold now."""
    tenant: Tenant = request.tenant
    schema = colander.MappingSchema()
    schema.add(hidden("seen"))
    for column in columns:
        schema.add(_node(request, column, getattr(tenant, column)))
    values = {column: getattr(tenant, column) or colander.null for column in columns}
    return create_form(
        request,
        schema,
        form_id=form_id,
        buttons=buttons or (Button("save", _("Save")),),
        appstruct={**values, "seen": mark(values_of(tenant, columns))},
    )


def tenant_values(data: dict[str, Any], columns: Iterable[str], tenant: Tenant) -> dict[str, Any]:
    """The columns of a valid form as they are stored; VatWrong for a VAT number that can't be one."""
    values = {column: _stored(column, data[column], getattr(tenant, column)) for column in columns}
    if "vat_number" in values:
        # Read with the country beside it, as a bill group's.
        values["vat_number"] = vat_number_to_keep(values["vat_number"], data["country"], tenant.vat_number)
    return values


def _stored(column: str, value: Any, now: Any) -> Any:
    if column == "languages":
        # Those that were there keep their order: the first one counts.
        kept = [code for code in now if code in value]
        return [*kept, *(code for code in LANGUAGES if code in value and code not in kept)]
    if not value:
        return None
    canonical = _CANONICAL.get(column)
    return canonical(value) if canonical is not None and value != now else value


def _node(request: Any, column: str, now: Any) -> Any:
    options: dict[str, Any] = {} if column in _NEEDED else {"missing": None}
    if column in _HINTS:
        options["description"] = _HINTS[column]
    if column == "languages":
        known = list(LANGUAGES.items())
        return colander.SchemaNode(
            colander.Set(),
            name=column,
            title=FIELDS[column],
            validator=colander.All(colander.ContainsOnly(list(LANGUAGES)), _at_least_one),
            widget=CheckboxChoiceWidget(values=known),
            **options,
        )
    return colander.SchemaNode(
        colander.String(),
        name=column,
        title=FIELDS[column],
        preparer=clean_text,
        validator=Unless(now, *_checks(column, request.locale_name)),
        widget=_widget(request, column, now),
        **options,
    )


class Unless:
    """Checks, passed over for the value that is stored already: what the command line allowed stops nobody here."""

    def __init__(self, stored: str | None, *checks: Any) -> None:
        self._stored, self._checks = stored, checks

    def __call__(self, node: Any, value: str) -> None:
        if value != self._stored:
            for check in self._checks:
                check(node, value)


def _checks(column: str, language: str) -> list[Any]:
    checks: list[Any] = [length(_LENGTHS.get(column, 200)), CleanText()]
    if column == "country":
        checks = [colander.OneOf([code for code, _name in countries(language)])]
    return checks + ([_CHECKS[column]] if column in _CHECKS else [])


def _at_least_one(node: Any, value: Any) -> None:
    if not value:
        raise colander.Invalid(node, _("Choose at least one."))


def _widget(request: Any, column: str, now: Any) -> Any:
    language = request.locale_name
    if column == "country":
        listed = list(countries(language))
        known = {code for code, _name in listed}
        return SelectWidget(values=listed if now in known else [(now, now), *listed])
    if column == "time_zone":
        return SelectWidget(values=_zones(request, now))
    if column in ("sender_address", "support_email"):
        return EmailWidget(autocomplete="off")
    if column == "phone":
        return PhoneWidget(autocomplete="off")
    return TextInputWidget(autocomplete=_AUTOCOMPLETE.get(column, "off"), maxlength=_LENGTHS.get(column, 200))


def _zones(request: Any, now: str) -> list[Any]:
    moment, language = request.clock.now(), request.locale_name
    groups = [OptGroup(region, *zones) for region, zones in zones_by_region(language, moment)]
    listed = {name for group in groups for name, _label in group.options}
    also = [] if now in listed or now == UTC_ZONE else [(now, label(now, language, moment))]
    return [*also, (UTC_ZONE, "UTC"), *groups]


def hidden(name: str) -> Any:
    """A hidden field."""
    return colander.SchemaNode(colander.String(), name=name, widget=HiddenWidget(), missing="")


class LogoSchema(colander.MappingSchema):
    """A picture."""

    logo = colander.SchemaNode(
        Upload(),
        title=_("Picture"),
        description=_("PNG or JPEG, at most 1 MB. A wide one on a clear ground looks best."),
        widget=FileWidget(accept="image/png,image/jpeg"),
    )


class HostSchema(colander.MappingSchema):
    """A host name."""

    host = colander.SchemaNode(
        colander.String(),
        title=_("Host name"),
        description=_("For example portal.company.com, without https:// and without a path."),
        preparer=clean_text,
        validator=colander.All(
            length(HOST_LENGTH), Checked(canonical_host, _("Write a host name such as portal.company.com."))
        ),
        widget=TextInputWidget(autocomplete="off", maxlength=HOST_LENGTH),
    )


class AddressSchema(colander.MappingSchema):
    """The public address."""

    base_url = colander.SchemaNode(
        colander.String(),
        title=_("Public address"),
        description=_("https:// and one of your host names, without a path."),
        preparer=clean_text,
        validator=colander.All(
            length(BASE_URL_LENGTH),
            Checked(canonical_base_url, _("Write an address without a path, such as https://portal.company.com.")),
        ),
        widget=UrlWidget(autocomplete="off", maxlength=BASE_URL_LENGTH),
    )
    sure = colander.SchemaNode(
        colander.Boolean(),
        title=_("I have read what this changes"),
        missing=False,
    )


def colleague_schema(roles: Sequence[tuple[str, Any]]) -> Any:
    """A new colleague; `roles` are the ones that whoever asks may give, with their names."""
    schema = colander.MappingSchema()
    schema.add(
        colander.SchemaNode(
            colander.String(),
            name="email",
            title=_("E-mail address"),
            description=_("Their own address, not a shared mailbox: whoever reads it gets the login."),
            preparer=clean_text,
            validator=colander.All(length(MAX_ADDRESS), _EMAIL),
            widget=EmailWidget(autocomplete="off"),
        )
    )
    schema.add(
        colander.SchemaNode(
            colander.String(),
            name="name",
            title=_("Name"),
            description=_("As customers read it beside what this person does."),
            preparer=clean_text,
            validator=colander.All(length(200), CleanText(), _ONE_LINE),
            widget=TextInputWidget(autocomplete="off", maxlength=200),
        )
    )
    schema.add(role_node(roles))
    return schema


def role_node(roles: Sequence[tuple[str, Any]]) -> Any:
    """The choice of a role."""
    return colander.SchemaNode(
        colander.String(),
        name="role",
        title=_("Role"),
        validator=colander.OneOf([role for role, _name in roles]),
        widget=RadioChoiceWidget(values=list(roles)),
    )


def as_of(form: Form, newer: Outdated) -> Form:
    """The form after somebody else's change: sent once more, it changes what is stored by now."""
    form["seen"].cstruct = newer.mark
    return form
