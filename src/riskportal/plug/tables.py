"""Tables of the staff console: what a list offers, declared once beside its view.

    INVOICES = Table("billing.desk", _("Invoices"), (Column("number", _("Invoice")), ...), order="-issued")

    def desk(context, request):
        asked = request.table(INVOICES)
        page = services.desk_page(request.db, asked.text, asked.chosen["state"], asked.at)
        return {"table": asked.show(page, [...rows...])}

The template prints it with `riskportal:templates/console/table.jinja2`; `asked.at` is a `db.keyset.At`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from riskportal.plug.declarations import DeclarationError

SIZES = (25, 50, 100)
# Parameters that every table has; a choice can't be named like one.
OWN_PARAMETERS = ("q", "sort", "size", "at")


@dataclass(frozen=True)
class Column:
    """A column. `sort` names the order behind its head, "" when there is none; the first click on the head of a
    `falling` one puts the largest and newest first. `kind` is "", "num" or "date"."""

    label: str
    sort: str = ""
    falling: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Choice:
    """A filter: one of `options` (value: label), of which the first holds when nothing is chosen."""

    id: str
    label: str
    options: Mapping[str, str]

    @property
    def default(self) -> str:
        """The value that holds when nothing is chosen."""
        return next(iter(self.options))


@dataclass(frozen=True)
class Table:
    """A list. `name` is the route of its page: saved views belong to it. `order` is the order it opens with, "-"
    before it for falling; `text` is the label of the text filter, without which there is none."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    order: str
    choices: tuple[Choice, ...] = ()
    text: str = ""
    sizes: tuple[int, ...] = field(default=SIZES)

    def __post_init__(self) -> None:
        if self.order.removeprefix("-") not in self.sorts:
            raise DeclarationError(f"table {self.name!r}: no column is sorted by {self.order!r}")
        for choice in self.choices:
            if choice.id in OWN_PARAMETERS:
                raise DeclarationError(f"table {self.name!r}: a choice can't be named {choice.id!r}; rename it")

    @property
    def sorts(self) -> dict[str, Column]:
        """The columns that can be sorted by, by the names of their orders."""
        return {column.sort: column for column in self.columns if column.sort}
