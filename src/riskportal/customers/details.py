"""The details of a bill group that its people and the provider's staff may change, and who has them now.

    changes = change_details(db, bill_group, {"city": "Aarhus", ...}, version=version_of(bill_group))

Values come from a form that has checked them (riskportal.shell.account.forms); an empty one is None.
Documents that were issued keep what they say: they hold copies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.customers.models import BillGroup
from riskportal.customers.vat import read_vat_number

ADDRESS = ("address_line1", "address_line2", "postcode", "city", "country")
FIELDS = ("company_name", *ADDRESS, "email", "phone", "vat_number", "registration_number", "po_number")


@dataclass(frozen=True)
class Change:
    """A field that got another value; None stands for nothing."""

    field: str
    old: str | None
    new: str | None


class Outdated(Exception):
    """Somebody else has changed the row since the form was opened.

    `current` holds what is stored now, `version` its fingerprint; `seen` is the fingerprint that the form carried.
    """

    def __init__(self, current: Mapping[str, str | None], seen: str) -> None:
        super().__init__("changed by somebody else in the meantime")
        self.current, self.version = current, fingerprint(current)
        parts = seen.split("-")
        self._seen = dict(zip(current, parts, strict=True)) if len(parts) == len(current) else {}

    def was(self, field: str, value: str | None) -> bool:
        """Whether the form was opened with this value in the field."""
        return self._seen.get(field) == _mark(field, value)


def details_of(bill_group: BillGroup) -> dict[str, str | None]:
    """The changeable details by field."""
    return {field: getattr(bill_group, field) for field in FIELDS}


def version_of(bill_group: BillGroup) -> str:
    """A fingerprint of the details, to notice that somebody else has changed them since it was taken."""
    return fingerprint(details_of(bill_group))


def fingerprint(values: Mapping[str, str | None]) -> str:
    """What stands for a set of values in a form's hidden field: a short mark for each, in their order."""
    return "-".join(_mark(field, value) for field, value in values.items())


def _mark(field: str, value: str | None) -> str:
    text = json.dumps([field, value or None], ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:8]


def change_details(
    db: Session, bill_group: BillGroup, values: Mapping[str, str | None], *, version: str | None = None
) -> tuple[Change, ...]:
    """Write the details that `values` names; what changed, in the order of FIELDS, or nothing at all.

    The row is locked while it is compared. Outdated when `version` isn't that of the row; VatWrong when a new
    VAT number can't be one; LookupError for a field that isn't among FIELDS.
    """
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise LookupError(f"no such detail: {', '.join(sorted(unknown))}")
    lock_bill_group(db, bill_group)
    if version is not None and version != version_of(bill_group):
        raise Outdated(details_of(bill_group), version)
    wanted = {field: values[field] or None for field in FIELDS if field in values}
    if "vat_number" in wanted:
        country = wanted.get("country", bill_group.country)
        wanted["vat_number"] = vat_number_to_keep(wanted["vat_number"], country, bill_group.vat_number)
    changes = differences(details_of(bill_group), wanted)
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


def differences(stored: Mapping[str, Any], wanted: Mapping[str, str | None]) -> tuple[Change, ...]:
    """What `wanted` would change, in its order."""
    return tuple(
        Change(field, stored[field], new) for field, new in wanted.items() if (stored[field] or None) != (new or None)
    )


def vat_number_to_keep(typed: str | None, country: str | None, stored: str | None = None) -> str | None:
    """A number as it is stored, read with the country of the address beside it; VatWrong when it can't be one.

    The one that is there already stays, whatever is wrong with it: else nobody could change a telephone number
    as long as an old VAT number doesn't pass.
    """
    if not typed or typed == stored:
        return typed or None
    return read_vat_number(typed, country).text
