"""Pieces that several core sections share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from riskportal.portfolio.fields import Country, OneOf, PartSchema, Text, optional

LANGUAGES = ("en", "de")


class AddressSchema(PartSchema):
    """A postal address."""

    line1 = optional(Text(200))
    line2 = optional(Text(200))
    postcode = optional(Text(20))
    city = optional(Text(100))
    country = optional(Country())


class Language(OneOf):
    """A language that the portal speaks."""

    def __init__(self) -> None:
        super().__init__(LANGUAGES)


def address_columns(address: Mapping[str, Any] | None) -> dict[str, Any]:
    """The columns of a model with an address; all empty when there is none."""
    given = address or {}
    return {
        "address_line1": given.get("line1"),
        "address_line2": given.get("line2"),
        **{name: given.get(name) for name in ("postcode", "city", "country")},
    }
