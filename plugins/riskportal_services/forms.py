"""The form with which staff add a service to a bill group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import colander
from deform.widget import HiddenWidget, SelectWidget

from riskportal.customers.models import BillGroup
from riskportal.db.mixins import new_public_id
from riskportal.forms import Button, CleanText, Form, LocalDate, MoneyText, clean_text, create_form, length
from riskportal.forms.widgets import TextInputWidget
from riskportal.plug import Message, _, plural
from riskportal_services.models import CYCLES, LABEL_LENGTH, NAME_LENGTH, SERVICE_STATES, Product
from riskportal_services.services.sale import FIRST_STATES

TERMS = (1, 3, 6, 12, 24, 36)
YEARS = 10
_ID = colander.Regex(r"[2-9b-df-hj-np-tv-xz]{20}\Z")


def sale_form(request: Any, bill_group: BillGroup, offered: Sequence[tuple[Product, str]]) -> Form:
    """The empty form; `offered` are the tenant's products with the names of their areas."""
    say = request.translate
    schema = colander.MappingSchema()
    products = [(product.public_id, f"{area}: {product.name}") for product, area in offered]
    schema.add(_choice("product", _("Product"), products))
    schema.add(_line("name", _("Name"), NAME_LENGTH, _("The customer reads it. The product's name when left out.")))
    schema.add(_line("label", _("For what"), LABEL_LENGTH, _("A domain, a site, a room: what tells it from others.")))
    schema.add(
        colander.SchemaNode(
            MoneyText(bill_group.currency),
            name="price",
            title=_("Price per cycle"),
            description=_("Without tax, in the currency of the bill group"),
            validator=_not_negative,
        )
    )
    schema.add(_choice("cycle", _("Billed"), [(name, say(cycle.label)) for name, cycle in CYCLES.items()]))
    schema.add(_day(request.today))
    terms = [("", say(_("None"))), *((str(n), say(plural("{n} month", "{n} months", n))) for n in TERMS)]
    schema.add(_choice("term", _("Contract term"), terms, missing=""))
    schema.add(
        colander.SchemaNode(
            colander.Boolean(), name="auto_renew", title=_("Renews by itself at the end of its term"), missing=False
        )
    )
    states = [(name, say(SERVICE_STATES[name].label)) for name in FIRST_STATES]
    schema.add(_choice("state", _("State"), states))
    schema.add(colander.SchemaNode(colander.String(), name="once", widget=HiddenWidget(), validator=_ID))
    values = {
        "cycle": "monthly", "starts_on": request.today, "auto_renew": True, "state": "active",
        "once": new_public_id(),
    }  # fmt: skip
    return create_form(
        request, schema, buttons=(Button("add", _("Add the service")),), form_id="sale", appstruct=values
    )


def _line(name: str, title: Message, longest: int, description: Message) -> colander.SchemaNode:
    return colander.SchemaNode(
        colander.String(),
        name=name,
        title=title,
        description=description,
        missing="",
        preparer=clean_text,
        validator=colander.All(length(longest), CleanText()),
        widget=TextInputWidget(autocomplete="off", maxlength=longest),
    )


def _choice(name: str, title: Message, options: Sequence[tuple[str, str]], **more: Any) -> colander.SchemaNode:
    return colander.SchemaNode(
        colander.String(),
        name=name,
        title=title,
        validator=colander.OneOf([value for value, _label in options]),
        widget=SelectWidget(values=options),
        **more,
    )


def _day(today: date) -> colander.SchemaNode:
    """The first day: what is older or further off than ten years is a slip of the finger."""
    first, last = (today.replace(year=today.year + years, day=1) for years in (-YEARS, YEARS))
    around = LocalDate(earliest=first, latest=last)
    return colander.SchemaNode(colander.Date(), name="starts_on", title=_("First day"), validator=around)


def _not_negative(node: Any, value: Any) -> None:
    if value.minor < 0:
        raise colander.Invalid(node, _("Write an amount of zero or more."))
