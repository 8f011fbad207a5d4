"""Colander types for portfolio records, with errors that say what was expected."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import colander

from riskportal.contracts.money import exponent

_AMOUNT = re.compile(r"-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,4})?\Z")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,8})?\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class _Text(colander.SchemaType):
    """Base of types whose JSON form is a string."""

    expected = "text"
    json_schema: dict[str, Any] = {"type": "string"}

    def serialize(self, node: Any, appstruct: Any) -> Any:
        return appstruct

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        if cstruct is colander.null:
            return colander.null
        if not isinstance(cstruct, str):
            raise colander.Invalid(node, f"expected {self.expected}, not {cstruct!r}")
        return self.convert(node, cstruct)

    def convert(self, node: Any, text: str) -> Any:
        return text

    def _refuse(self, node: Any, text: str) -> colander.Invalid:
        return colander.Invalid(node, f"expected {self.expected}, not {text!r}")


class Text(_Text):
    """Clean text of at most `limit` characters."""

    def __init__(self, limit: int = 200) -> None:
        self.limit = limit
        self.expected = f"text of 1 to {limit} characters"
        self.json_schema = {"type": "string", "minLength": 1, "maxLength": limit}

    def convert(self, node: Any, text: str) -> str:
        if not text.strip() or len(text) > self.limit or _CONTROL.search(text):
            raise self._refuse(node, text[:60])
        return text.strip()


class Ref(_Text):
    """The ref of a record in another section; the loader checks that it exists in the file or was loaded before."""

    def __init__(self, section: str) -> None:
        self.section = section
        self.expected = f"the ref of a record in {section!r}"
        self.json_schema = {"type": "string", "description": f"ref in {section}"}


class Amount(_Text):
    """A money amount as text, e.g. "49.00"; a JSON number is refused because it is a float."""

    expected = 'an amount written as text such as "49.00"'
    json_schema = {"type": "string", "pattern": _AMOUNT.pattern.replace("\\Z", "$")}

    def convert(self, node: Any, text: str) -> str:
        if not _AMOUNT.match(text):
            raise self._refuse(node, text)
        return text


class DecimalNumber(_Text):
    """An exact rate or quantity as text, e.g. "19" or "0.0045"."""

    expected = 'a decimal number written as text such as "19" or "1.5"'
    json_schema = {"type": "string", "pattern": _DECIMAL.pattern.replace("\\Z", "$")}

    def convert(self, node: Any, text: str) -> Decimal:
        if not _DECIMAL.match(text):
            raise self._refuse(node, text)
        return Decimal(text)


class LocalDate(_Text):
    """A calendar date, e.g. "2026-05-12"."""

    expected = 'a date such as "2026-05-12"'
    json_schema = {"type": "string", "format": "date"}

    def convert(self, node: Any, text: str) -> date:
        try:
            return date.fromisoformat(text) if len(text) == 10 else date.fromisoformat("")
        except ValueError:
            raise self._refuse(node, text) from None


class Currency(_Text):
    """An ISO 4217 code."""

    expected = 'a currency code such as "EUR"'
    json_schema = {"type": "string", "pattern": "^[A-Z]{3}$"}

    def convert(self, node: Any, text: str) -> str:
        try:
            exponent(text)
        except ValueError:
            raise self._refuse(node, text) from None
        return text


class OneOf(_Text):
    """One of a few words."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        self.choices = choices
        self.expected = "one of " + ", ".join(choices)
        self.json_schema = {"type": "string", "enum": list(choices)}

    def convert(self, node: Any, text: str) -> str:
        if text not in self.choices:
            raise self._refuse(node, text)
        return text


class Flag(colander.SchemaType):
    """true or false."""

    json_schema = {"type": "boolean"}

    def serialize(self, node: Any, appstruct: Any) -> Any:
        return appstruct

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        if cstruct is colander.null or isinstance(cstruct, bool):
            return cstruct
        raise colander.Invalid(node, f"expected true or false, not {cstruct!r}")


class RecordSchema(colander.MappingSchema):
    """Base of every record: the caller's own stable ref, and nothing that the schema doesn't name."""

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.typ = colander.Mapping(unknown="raise")

    ref = colander.SchemaNode(Text(200))


class PartSchema(colander.MappingSchema):
    """A mapping inside a record (an invoice line, a milestone); unknown keys are refused too."""

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.typ = colander.Mapping(unknown="raise")


def required(typ: Any, **kw: Any) -> colander.SchemaNode:
    """A field that must be there."""
    return colander.SchemaNode(typ, **kw)


def optional(typ: Any, default: Any = None, **kw: Any) -> colander.SchemaNode:
    """A field that may be left out; `default` then holds."""
    return colander.SchemaNode(typ, missing=default, **kw)
