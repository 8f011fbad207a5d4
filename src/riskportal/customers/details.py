"""The details of a bill group that its people and the provider's staff may change, and who has them now.

    changes = change_details(db, bill_group, {"city": "Aarhus", ...}, seen=mark(details_of(bill_group)))

Values come from a form that has checked them (riskportal.shell.account.forms); an empty one is None.
Documents that were issued keep what they say: they hold copies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.customers.models import BillGroup
from riskportal.customers.vat import read_vat_number
from riskportal.db.changes import Change, differences, values_of

ADDRESS = ("address_line1", "address_line2", "postcode", "city", "country")
FIELDS = ("company_name", *ADDRESS, "email", "phone", "vat_number", "registration_number", "po_number")


def details_of(bill_group: BillGroup) -> dict[str, str | None]:
    """The changeable details by field."""
    return values_of(bill_group, FIELDS)


def change_details(
    db: Session, bill_group: BillGroup, values: Mapping[str, str | None], *, seen: str | None = None
) -> tuple[Change, ...]:
    """Write the details that `values` names; what changed, in the order of FIELDS, or nothing at all.

    Outdated when `seen` isn't the mark of the details; VatWrong when a new VAT number can't be one; LookupError for
    a field that isn't among FIELDS.
    """
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise LookupError(f"no such detail: {', '.join(sorted(unknown))}")
    return change_fields(db, bill_group, FIELDS, values, seen)


def change_fields(
    db: Session, bill_group: BillGroup, fields: Sequence[str], values: Mapping[str, str | None], seen: str | None
) -> tuple[Change, ...]:
    """Write those of `fields` that `values` names; what changed, in their order. Outdated when `seen` isn't the mark
    of what the locked row holds in all of them, None for any; VatWrong."""
    lock_bill_group(db, bill_group)
    wanted = {field: values[field] or None for field in fields if field in values}
    if "vat_number" in wanted:
        country = wanted.get("country", bill_group.country)
        wanted["vat_number"] = vat_number_to_keep(wanted["vat_number"], country, bill_group.vat_number)
    changes = differences(values_of(bill_group, fields), wanted, seen)
    for change in changes:
        setattr(bill_group, change.field, change.new)
    db.flush()
    return changes


def lock_bill_group(db: Session, bill_group: BillGroup) -> None:
    """Let others who change the bill group wait, and read what it holds now.

    Two statements: a row that was loaded together with its customer can't be locked by its own refresh
    (PostgreSQL: the nullable side of an outer join).
    """
    db.scalar(select(BillGroup.id).where(BillGroup.id == bill_group.id).with_for_update(key_share=True))
    db.refresh(bill_group)


def vat_number_to_keep(typed: str | None, country: str | None, stored: str | None = None) -> str | None:
    """A number as it is stored, read with the country of the address beside it; VatWrong when it can't be one.

    The one that is there already stays, whatever is wrong with it: else nobody could change a telephone number
    as long as an old VAT number doesn't pass.
    """
    if not typed or typed == stored:
        return typed or None
    return read_vat_number(typed, country).text
