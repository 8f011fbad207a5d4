"""What a tenant says about itself, value by value: the checks that command line, file and console share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy.orm import Session
from stdnum import iban as iban_check
from stdnum.exceptions import ValidationError

from riskportal.db.changes import Change, differences, values_of
from riskportal.tenancy.services import config_changed, lock_tenant

IBAN = "[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}"
BIC = "[A-Z0-9]{8}([A-Z0-9]{3})?"
_IBAN, _BIC = re.compile(IBAN + r"\Z"), re.compile(BIC + r"\Z")


@cache
def time_zones() -> frozenset[str]:
    """Every IANA time zone that this machine knows."""
    return frozenset(available_timezones())


def checked_time_zone(text: str) -> str:
    """An IANA time zone; ValueError otherwise."""
    if text not in time_zones():
        raise ValueError(f"not a time zone: {text!r}")
    return text


def checked_iban(text: str) -> str:
    """An IBAN in capitals without blanks; ValueError when its form, length or check digits are wrong (ISO 13616)."""
    plain = re.sub(r"\s", "", text).upper()
    try:
        if _IBAN.match(plain):
            return str(iban_check.validate(plain, check_country=False))
    except ValidationError:
        pass
    raise ValueError("not an IBAN")


def checked_bic(text: str) -> str:
    """A BIC of 8 or 11 characters in capitals without blanks (ISO 9362); ValueError otherwise."""
    plain = re.sub(r"\s", "", text).upper()
    if not _BIC.match(plain):
        raise ValueError("not a BIC")
    return plain


def change_details(db: Session, values: Mapping[str, Any], *, seen: str) -> tuple[Change, ...]:
    """Set columns of the session's tenant to checked values; what changed.

    Outdated when `seen` isn't the mark of these columns, in their order, as the locked row holds them.
    """
    tenant = lock_tenant(db)
    changes = differences(values_of(tenant, values), values, seen)
    for change in changes:
        setattr(tenant, change.field, change.new)
    if changes:
        config_changed(tenant)
    return changes
