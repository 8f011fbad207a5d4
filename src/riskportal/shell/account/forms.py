"""Forms about the account: its details, its contacts.

    form = create_form(request, DetailsSchema.of(details_of(bill_group), request.locale_name), appstruct=...)
    submit(request, form, lambda data: change_details(..., detail_values(data, stored), seen=data["seen"]))

What is stored already passes unread, so that an old number nobody can explain stops nobody from changing
the rest. Groups of fields are mappings; `grouped` and `detail_values` go between them and plain columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

import colander
from deform.widget import HiddenWidget, SelectWidget

from riskportal.customers import contacts, details
from riskportal.customers.phones import read_phone
from riskportal.customers.vat import VatWrong, read_vat_number, vat_example
from riskportal.db.changes import Outdated, mark
from riskportal.forms import CleanText, Problem, clean_text, length
from riskportal.forms.widgets import EmailWidget, PhoneWidget, TextInputWidget
from riskportal.identity.addresses import canonical_email
from riskportal.plug import Message, _
from riskportal.web.countries import countries, country_name
from riskportal.web.details import FIELD_LABELS
from riskportal.web.i18n import LANGUAGES

Values = Mapping[str, str | None]

# The columns by the groups they are shown in.
DETAIL_GROUPS: dict[str, tuple[str, ...]] = {
    "company": ("company_name",),
    "address": details.ADDRESS,
    "reach": ("email", "phone"),
    "numbers": ("po_number", "vat_number", "registration_number"),
}
CONTACT_GROUPS: dict[str, tuple[str, ...]] = {"person": ("name", "email", "phone"), "address": details.ADDRESS}

_TITLES: dict[str, Message] = {
    "company": _("Company"),
    "address": _("Address"),
    "reach": _("How to reach you"),
    "numbers": _("Numbers on your invoices"),
    "person": _("Contact"),
}
_LENGTHS = {
    "postcode": 20,
    "city": 100,
    "country": 2,
    "email": 254,
    "phone": 40,
    "vat_number": 30,
    "registration_number": 60,
    "po_number": 60,
}
_AUTOCOMPLETE = {
    "name": "name",
    "company_name": "organization",
    "address_line1": "address-line1",
    "address_line2": "address-line2",
    "postcode": "postal-code",
    "city": "address-level2",
}


class _AccountSchema(colander.MappingSchema):
    """Fields in groups, and what no single field can judge. `stored` are the values that the row has now."""

    groups: Mapping[str, Sequence[str]] = {}
    stored: Values = {}
    language = "en"

    @classmethod
    def of(cls, stored: Values, language: str, hints: Mapping[str, Any] | None = None) -> Self:
        """The schema for a row with these values, in the reader's language; `hints` stand below fields."""
        schema = cls()  # colander makes copies by the class alone, so __init__ takes nothing
        schema.stored, schema.language = stored, language
        schema.add(colander.SchemaNode(colander.String(), name="seen", missing="", widget=HiddenWidget()))
        for name, fields in cls.groups.items():
            nodes = [schema._node(field, (hints or {}).get(field)) for field in fields]
            schema.add(colander.SchemaNode(colander.Mapping(), *nodes, name=name, title=_TITLES[name]))
        return schema

    def deserialize(self, cstruct: Any = colander.null) -> Any:
        """As colander does, with the problems between fields beside those of single ones, all at once."""
        invalid = colander.Invalid(self)
        data = None
        try:
            data = super().deserialize(cstruct)
        except colander.Invalid as error:
            invalid = error
        typed = flat(cstruct if isinstance(cstruct, Mapping) else {})
        for group, field, text in self.problems(typed):
            place = next(index for index, node in enumerate(self.children) if node.name == group)
            inner = colander.Invalid(self[group])
            inner[field] = text
            invalid.add(inner, place)
        if invalid.children or invalid.msg:
            raise invalid
        return data

    def problems(self, typed: Values) -> Iterable[tuple[str, str, Message]]:
        """(group, field, message) for what is wrong between fields."""
        given = {field: typed.get(field) for field in details.ADDRESS}
        if any(given.values()) and given != {field: self.stored.get(field) for field in details.ADDRESS}:
            for field, text in _NEEDED.items():
                if not given[field]:
                    yield "address", field, text

    def _node(self, field: str, hint: Any) -> Any:
        node = colander.SchemaNode(
            colander.String(),
            name=field,
            title=FIELD_LABELS[field],
            preparer=_text_or_nothing,
            validator=_Unless(self.stored.get(field), *self._checks(field)),
            widget=self._widget(field),
            **({"description": hint} if hint else {}),
        )
        if field != "name":
            node.missing = None
        return node

    def _checks(self, field: str) -> list[Any]:
        checks: list[Any] = [length(_LENGTHS.get(field, 200)), CleanText()]
        further = {"email": _check_email, "phone": _check_phone, "country": _CheckCountry(self.language)}
        return checks + ([further[field]] if field in further else [])

    def _widget(self, field: str) -> Any:
        if field == "country":
            return SelectWidget(values=_country_choices(self.language, self.stored.get("country")))
        if field in ("email", "phone"):
            return EmailWidget() if field == "email" else PhoneWidget()
        return TextInputWidget(autocomplete=_AUTOCOMPLETE.get(field, "off"))


_NEEDED: dict[str, Message] = {
    "address_line1": _("Please write street and number, or leave the whole address empty."),
    "city": _("Please write the city, or leave the whole address empty."),
    "country": _("Please choose the country, or leave the whole address empty."),
}


class DetailsSchema(_AccountSchema):
    """The details of a bill group: company name, address, e-mail and phone, the numbers on invoices."""

    groups = DETAIL_GROUPS

    def problems(self, typed: Values) -> Iterable[tuple[str, str, Message]]:
        yield from super().problems(typed)
        number = typed.get("vat_number")
        if not number or number == self.stored.get("vat_number"):
            return
        try:
            read_vat_number(number, typed.get("country") or None)
        except VatWrong as wrong:
            yield "numbers", "vat_number", vat_problem(wrong, self.language)


class ContactSchema(_AccountSchema):
    """A contact: who, how to reach them, and an address if it isn't the account's."""

    groups = CONTACT_GROUPS


def grouped(values: Values, groups: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Columns as a form shows them, with the mark of what it was opened with."""
    shown: dict[str, Any] = {
        name: {field: values.get(field) or colander.null for field in fields} for name, fields in groups.items()
    }
    return {**shown, "seen": mark(values)}


def flat(data: Mapping[str, Any]) -> dict[str, str | None]:
    """What was typed, by column; None for nothing."""
    inner = [part for part in data.values() if isinstance(part, Mapping)]
    typed = {field: clean_text(text) for part in inner for field, text in part.items() if isinstance(text, str)}
    return {field: text or None for field, text in typed.items()}


def detail_values(data: Mapping[str, Any], stored: Values) -> dict[str, str | None]:
    """The columns of a valid form: telephone numbers and addresses in the form in which they are stored."""
    values = flat(data)
    for field, read in (("phone", read_phone), ("email", canonical_email)):
        typed = values.get(field)
        if typed and typed != stored.get(field):
            values[field] = read(typed)
    return {field: values.get(field) for field in (*details.FIELDS, *contacts.FIELDS) if field in _fields(data)}


@contextmanager
def objections(form: Any, values: Values, language: str) -> Iterator[None]:
    """Turns what a service says against the values of a valid form into the form's objection."""
    try:
        yield
    except Outdated as newer:
        raise _show_newer(form, newer, values, language) from None
    except VatWrong as wrong:
        # The row changed after the form was checked.
        raise Problem({"": vat_problem(wrong, language)}) from None


def _show_newer(form: Any, newer: Outdated, values: Values, language: str) -> Problem:
    """The objection of a form that is older than its row, with the difference beside each field.

    A field that the reader left alone gets the present value; where both have written, theirs stays and the
    present one stands below. The form then carries the row's present mark: sending it again means it.
    """
    form["seen"].cstruct = newer.mark
    places = {place.name: place for child in form.children for place in child.children or [child]}
    for field, current in newer.current.items():
        stored, typed, place = current or None, values.get(field) or None, places[field]
        if stored == typed or newer.was(field, stored):
            continue
        if newer.was(field, typed):
            place.cstruct = stored or colander.null
            text = _replaced(_shown(field, typed, language))
        else:
            text = _stored(_shown(field, stored, language))
        place.error = colander.Invalid(place.schema, text)
    return Problem(
        {
            "": _(
                "Somebody else has changed this while you were writing. Below you see both; save again to keep what "
                "stands in the fields."
            )
        }
    )


def _replaced(old: str | None) -> Message:
    return _("Changed by somebody else; it was: {value}", value=old) if old else _("Added by somebody else")


def _stored(now: str | None) -> Message:
    return _("Somebody else wrote: {value}", value=now) if now else _("Somebody else left this empty")


def _shown(field: str, value: str | None, language: str) -> str | None:
    if field == "language" and value:
        return LANGUAGES.get(value, value)
    return country_name(value, language) if field == "country" else value


def _fields(data: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(field for part in data.values() if isinstance(part, Mapping) for field in part)


def vat_problem(wrong: VatWrong, language: str) -> Message:
    """What is wrong with a VAT number and how it would be right, in words."""
    country = country_name(wrong.country, language)
    if wrong.reason == "digits":
        return _(
            "{country}: this can't be a VAT number, its digits don't fit together. Please compare it with your "
            "papers.",
            country=country,
        )
    if wrong.example:
        return _("{country}: a VAT number looks like {example}.", country=country, example=wrong.example)
    return _("Please begin with the letters of the country, as in {example}.", example=vat_example(None))


def _text_or_nothing(value: Any) -> Any:
    """Nothing but spaces is nothing."""
    return clean_text(value) or colander.null


class _Unless:
    """Checks, passed over for the value that is stored already."""

    def __init__(self, stored: str | None, *checks: Any) -> None:
        self._stored, self._checks = stored, checks

    def __call__(self, node: Any, value: str) -> None:
        if value and value != self._stored:
            for check in self._checks:
                check(node, value)


class _CheckCountry:
    def __init__(self, language: str) -> None:
        self._codes = frozenset(code for code, _name in countries(language))

    def __call__(self, node: Any, value: str) -> None:
        if value not in self._codes:
            raise colander.Invalid(node, _("Choose one of the options."))


def _country_choices(language: str, stored: str | None) -> list[tuple[str, Any]]:
    known = countries(language)
    strange = [(stored, stored)] if stored and stored not in dict(known) else []
    return [("", _("Please choose")), *strange, *known]


def _check_email(node: Any, value: str) -> None:
    try:
        canonical_email(value)
    except ValueError:
        raise colander.Invalid(node, _("Write an e-mail address such as name@company.com.")) from None


def _check_phone(node: Any, value: str) -> None:
    try:
        read_phone(value)
    except ValueError:
        text = _("Write the number with the country code, for example {example}.", example="+49 4131 987654")
        raise colander.Invalid(node, text) from None
