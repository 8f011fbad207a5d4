"""Forms of the console: customers, bill groups, notes, saved views."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import HiddenWidget, SelectWidget

from riskportal.customers.details import details_of
from riskportal.customers.models import BillGroup, Customer
from riskportal.customers.notes import TEXT_LENGTH
from riskportal.customers.services import CUSTOMER_FIELDS, GROUP_FIELDS, NUMBER_LENGTH
from riskportal.db.changes import mark, values_of
from riskportal.forms import Button, CleanText, Form, clean_text, create_form, length
from riskportal.forms.widgets import TextAreaWidget, TextInputWidget
from riskportal.identity.saved_views import NAME_LENGTH, QUERY_LENGTH
from riskportal.plug import _
from riskportal.shell.account.forms import DETAIL_GROUPS, DetailsSchema, grouped
from riskportal.shell.once import ticket, ticket_node
from riskportal.web.currencies import currencies
from riskportal.web.i18n import LANGUAGES


def _line(name: str, title: str, most: int, **options: Any) -> Any:
    """One line of text that somebody types: tidied, of one line, at most `most` characters."""
    return colander.SchemaNode(
        colander.String(),
        name=name,
        title=title,
        preparer=clean_text,
        validator=colander.All(length(most), CleanText()),
        widget=TextInputWidget(autocomplete="off", maxlength=most),
        **options,
    )


def _hidden(name: str) -> Any:
    return colander.SchemaNode(colander.String(), name=name, widget=HiddenWidget(), missing="")


def customer_form(request: Any, customer: Customer | None, suggested: str = "") -> Form:
    """The form for a new customer (with a suggested number), or for one that is there."""
    new = customer is None
    hint = _("As it stands on invoices, with GmbH, Ltd or ApS. The same as the name when left out.")
    free = _("Leave it empty for the next free number.") if new else None
    schema = colander.MappingSchema()
    schema.add(_line("name", _("Name"), 200))
    schema.add(_line("legal_name", _("Legal name"), 200, missing="", description=hint))
    schema.add(
        _line("number", _("Customer number"), NUMBER_LENGTH, **({"missing": "", "description": free} if new else {}))
    )
    for node in (ticket_node(), _hidden("suggested")) if new else (_hidden("seen"),):
        schema.add(node)
    if customer is None:
        values = {"once": ticket(request), "number": suggested, "suggested": suggested}
    else:
        values = values_of(customer, CUSTOMER_FIELDS)
        values["seen"] = mark(values)
    button = Button("save", _("Add the customer") if new else _("Save"))
    return create_form(request, schema, buttons=(button,), form_id="customer", appstruct=values)


def bill_group_form(request: Any, group: BillGroup | None, name: str = "") -> Form:
    """The form for a new bill group, which may be called `name`, or for one that is there. Its currency is chosen
    once: prices, invoices and payments of a bill group have one currency."""
    new = group is None
    row = group if group is not None else BillGroup()
    schema: Any = DetailsSchema.of(details_of(row), request.locale_name)
    own = [
        _line("name", _("Name of the bill group"), 200, description=_("Its people see it when they have several."))
    ]
    if new:
        own.append(_choice("currency", _("Currency"), list(currencies(request.locale_name))))
    languages = [code for code in request.tenant.languages if code in LANGUAGES] or ["en"]
    if group is not None and group.language not in languages:
        languages.append(group.language)
    own.append(
        _choice("language", _("Language of mails and invoices"), [(c, LANGUAGES.get(c, c)) for c in languages])
    )
    for node in own:
        schema.add_before("company", node)
    schema["company"]["company_name"].description = _("Only if invoices name another company than the customer.")
    schema["reach"].title, schema["numbers"].title = _("How to reach them"), _("Numbers on their invoices")
    values = grouped(details_of(row), DETAIL_GROUPS)
    if group is None:
        schema.add(ticket_node())
        values |= {
            "once": ticket(request),
            "currency": request.tenant.currency,
            "language": languages[0],
            "name": name,
        }
    else:
        # Its own name and language are a part of what was seen.
        seen = mark(values_of(group, GROUP_FIELDS))
        values |= {"name": group.name, "language": group.language, "seen": seen}
    button = Button("save", _("Add the bill group") if new else _("Save"))
    return create_form(request, schema, buttons=(button,), form_id="bill-group", appstruct=values)


def _choice(name: str, title: str, options: list[tuple[str, str]]) -> Any:
    return colander.SchemaNode(
        colander.String(),
        name=name,
        title=title,
        validator=colander.OneOf([value for value, _label in options]),
        widget=SelectWidget(values=options),
    )


def note_form(request: Any, action: str) -> Form:
    """The form for a note, which is posted to `action`."""
    schema = colander.MappingSchema()
    schema.add(
        colander.SchemaNode(
            colander.String(),
            name="text",
            title=_("New note"),
            description=_("Only your team reads it. Customers never do."),
            preparer=clean_text,
            validator=colander.All(length(TEXT_LENGTH), CleanText(lines=True)),
            widget=TextAreaWidget(rows=3, maxlength=TEXT_LENGTH),
        )
    )
    schema.add(colander.SchemaNode(colander.Boolean(), name="pinned", title=_("Keep on top"), missing=False))
    schema.add(ticket_node())
    button = Button("save", _("Save the note"))
    values = {"once": ticket(request), "pinned": False}
    return create_form(request, schema, action=action, buttons=(button,), form_id="note", appstruct=values)


def view_form(request: Any) -> Form:
    """The form that keeps a filter under a name. The little one in the tables' menu posts the same fields."""
    schema = colander.MappingSchema()
    schema.add(_line("name", _("Name of the view"), NAME_LENGTH))
    schema.add(colander.SchemaNode(colander.String(), name="page", widget=HiddenWidget(), validator=length(60)))
    schema.add(
        colander.SchemaNode(colander.String(), name="query", widget=HiddenWidget(), validator=length(QUERY_LENGTH))
    )
    schema.add(_hidden("back"))
    return create_form(request, schema, form_id="view")
