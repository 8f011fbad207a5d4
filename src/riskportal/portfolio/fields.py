"""Colander types for portfolio records, with errors that say what was expected."""

from __future__ import annotations

import contextlib
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

import colander

from riskportal.contracts.money import exponent
from riskportal.identity.addresses import MAX_ADDRESS, canonical_email

_AMOUNT = re.compile(r"-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,4})?\Z")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,8})?\Z")
_DATE = re.compile(r"(19|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}\Z")
# Control characters, and halves of surrogate pairs, which no database can store.
_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_SHOWN = 60
MISSING = "is missing: expected "


def shown(value: Any) -> str:
    """A value as it stands in the file, cut short, for an error message."""
    text = str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " ..."


def did_you_mean(word: str, known: list[str]) -> str:
    """`, did you mean "..."?` when something close is known, else the empty string."""
    close = get_close_matches(word, known, n=1)
    return f', did you mean "{close[0]}"?' if close else ""


class _Field(colander.SchemaType):
    """Base of all types: what was expected, and how it looks as JSON Schema."""

    expected = "a value"
    json_schema: dict[str, Any] = {}

    def serialize(self, node: Any, appstruct: Any) -> Any:
        return appstruct

    def _refuse(self, node: Any, value: Any) -> colander.Invalid:
        return colander.Invalid(node, f"expected {self.expected}, not {shown(value)}")


class TextField(_Field):
    """Base of types whose JSON form is a string; null counts as left out."""

    expected = "text"
    json_schema: dict[str, Any] = {"type": "string"}

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        if cstruct is colander.null or cstruct is None:
            return colander.null
        if not isinstance(cstruct, str) or _UNWANTED.search(cstruct):
            raise self._refuse(node, cstruct)
        return self.convert(node, cstruct)

    def convert(self, node: Any, text: str) -> Any:
        return text


class Text(TextField):
    """Clean text of at most `limit` characters."""

    def __init__(self, limit: int = 200) -> None:
        self.limit = limit
        self.expected = f"text of 1 to {limit} characters"
        self.json_schema = {"type": "string", "minLength": 1, "maxLength": limit}

    def convert(self, node: Any, text: str) -> str:
        if not text.strip() or len(text) > self.limit:
            raise self._refuse(node, text)
        return text.strip()


class Ref(TextField):
    """The ref of a record in another section; the loader checks that it exists in the file or was loaded before."""

    def __init__(self, section: str) -> None:
        self.section = section
        self.expected = f"the ref of a record in {section}"
        self.json_schema = {"type": "string", "description": f"ref of a record in `{section}`"}


class PointerRef(Text):
    """The ref of a record whose section the key `section` beside it names; checked like `Ref`."""

    def __init__(self) -> None:
        super().__init__(200)


class NewRef(Text):
    """The own ref of a part inside a record (a milestone of a project), so that others may point at it.

    `section` is the name that `Ref(section)` and `ctx.write_all(section, ...)` then use.
    """

    def __init__(self, section: str) -> None:
        super().__init__(200)
        self.section = section


class Amount(TextField):
    """A money amount as text, e.g. "49.00"; a JSON number is refused because it is a float."""

    expected = 'an amount written as text such as "49.00"'
    json_schema = {"type": "string", "pattern": _AMOUNT.pattern.replace("\\Z", "$")}

    def convert(self, node: Any, text: str) -> str:
        if not _AMOUNT.match(text):
            raise self._refuse(node, text)
        return text


class DecimalNumber(TextField):
    """An exact rate or quantity as text, e.g. "19" or "0.0045"."""

    expected = 'a decimal number written as text such as "19" or "1.5"'
    json_schema = {"type": "string", "pattern": _DECIMAL.pattern.replace("\\Z", "$")}

    def convert(self, node: Any, text: str) -> Decimal:
        if not _DECIMAL.match(text):
            raise self._refuse(node, text)
        return Decimal(text)


class LocalDate(TextField):
    """A calendar date, e.g. "2026-05-12"."""

    expected = 'a date such as "2026-05-12"'
    json_schema = {"type": "string", "format": "date"}

    def convert(self, node: Any, text: str) -> date:
        # The year 0202 is a slip of the pen that would stretch every list of years by two thousand.
        if _DATE.match(text):
            with contextlib.suppress(ValueError):
                return date.fromisoformat(text)
        raise self._refuse(node, text)


class Instant(TextField):
    """A moment with its offset, e.g. "2026-05-12T09:30:00+02:00"; kept in UTC."""

    expected = 'a moment with an offset such as "2026-05-12T09:30:00+02:00"'
    json_schema = {"type": "string", "format": "date-time"}

    def convert(self, node: Any, text: str) -> datetime:
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None and len(text) > 10:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise self._refuse(node, text)


class Currency(TextField):
    """An ISO 4217 code."""

    expected = 'a currency code such as "EUR"'
    json_schema = {"type": "string", "pattern": "^[A-Z]{3}$"}

    def convert(self, node: Any, text: str) -> str:
        try:
            exponent(text)
        except ValueError:
            raise self._refuse(node, text) from None
        return text


class OneOf(TextField):
    """One of a few words."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        self.choices = choices
        self.expected = "one of " + ", ".join(choices)
        self.json_schema = {"type": "string", "enum": list(choices)}

    def convert(self, node: Any, text: str) -> str:
        if text not in self.choices:
            raise self._refuse(node, text)
        return text


class Pattern(TextField):
    """Text that matches a regular expression from start to end; `expected` says it in words."""

    def __init__(self, pattern: str, expected: str) -> None:
        self.pattern = re.compile(rf"(?:{pattern})\Z")
        self.expected = expected
        self.json_schema = {"type": "string", "pattern": f"^(?:{pattern})$"}

    def convert(self, node: Any, text: str) -> str:
        if not self.pattern.match(text):
            raise self._refuse(node, text)
        return text


class Country(Pattern):
    """An ISO 3166-1 alpha-2 code."""

    def __init__(self) -> None:
        super().__init__("[A-Z]{2}", 'a country code of two capital letters such as "DE"')


class Email(TextField):
    """An e-mail address, kept in canonical form."""

    expected = "an e-mail address"
    json_schema = {"type": "string", "format": "email", "maxLength": MAX_ADDRESS}

    def convert(self, node: Any, text: str) -> str:
        try:
            return canonical_email(text)
        except ValueError:
            raise self._refuse(node, text) from None


class Flag(_Field):
    """true or false."""

    expected = "true or false"
    json_schema = {"type": "boolean"}

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        if cstruct is colander.null or cstruct is None:
            return colander.null
        if isinstance(cstruct, bool):
            return cstruct
        raise self._refuse(node, cstruct)


class Whole(_Field):
    """A whole number from `least` to `most`."""

    def __init__(self, least: int = 0, most: int = 2**53) -> None:
        self.least, self.most = least, most
        self.expected = f"a whole number from {least} to {most}"
        self.json_schema = {"type": "integer", "minimum": least, "maximum": most}

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        if cstruct is colander.null or cstruct is None:
            return colander.null
        if isinstance(cstruct, bool) or not isinstance(cstruct, int) or not self.least <= cstruct <= self.most:
            raise self._refuse(node, cstruct)
        return cstruct


class Keys(colander.Mapping):
    """A JSON object with known keys; reports every bad and every unknown key, not only the first."""

    def __init__(self) -> None:
        super().__init__(unknown="raise")

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        if cstruct is colander.null or cstruct is None:
            return colander.null
        if not isinstance(cstruct, dict):
            raise colander.Invalid(node, f"expected an object {{...}}, not {shown(cstruct)}")
        result, error = {}, colander.Invalid(node)
        for position, child in enumerate(node.children):
            try:
                result[child.name] = child.deserialize(cstruct.get(child.name, colander.null))
            except colander.Invalid as problem:
                error.add(problem, position)
        names = [child.name for child in node.children]
        for key in sorted(cstruct.keys() - set(names)):
            message = f"unknown key{did_you_mean(key, names) or '; known are ' + ', '.join(names)}"
            error.add(colander.Invalid(colander.SchemaNode(colander.String(), name=key), message))
        if error.children:
            raise error
        return result


class Items(colander.Sequence):
    """A JSON array of at most `most` parts."""

    def __init__(self, least: int = 0, most: int = 10_000) -> None:
        super().__init__()
        self.least, self.most = least, most
        self.expected = f"a list of {least} to {most} parts"

    def deserialize(self, node: Any, cstruct: Any, accept_scalar: bool | None = None) -> Any:
        if cstruct is colander.null or cstruct is None:
            return colander.null
        if not isinstance(cstruct, list):
            raise colander.Invalid(node, f"expected a list [...], not {shown(cstruct)}")
        if not self.least <= len(cstruct) <= self.most:
            raise colander.Invalid(node, f"expected {self.expected}, not {len(cstruct)}")
        result, error = [], colander.Invalid(node)
        for position, part in enumerate(cstruct):
            try:
                result.append(node.children[0].deserialize(colander.null if part is None else part))
            except colander.Invalid as problem:
                error.add(problem, position)
        if error.children:
            raise error
        return result


class PartSchema(colander.MappingSchema):
    """A mapping inside a record (an invoice line, a milestone); unknown keys are refused."""

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.typ = Keys()


class RecordSchema(PartSchema):
    """Base of every record: the caller's own stable ref, and nothing that the schema doesn't name."""

    ref = colander.SchemaNode(Text(200), missing_msg=MISSING + "your own stable name of this record")


def required(typ: Any, **kw: Any) -> colander.SchemaNode:
    """A field that must be there."""
    kw.setdefault("missing_msg", MISSING + getattr(typ, "expected", "a value"))
    return colander.SchemaNode(typ, **kw)


def optional(typ: Any, default: Any = None, **kw: Any) -> colander.SchemaNode:
    """A field that may be left out; `default` then holds."""
    return colander.SchemaNode(typ, missing=default, **kw)


def several(part: Any, *, least: int = 0, most: int = 10_000, **kw: Any) -> colander.SchemaNode:
    """A list of parts (`part` is a node or a PartSchema instance); may be left out when `least` is 0."""
    if least:
        kw.setdefault("missing_msg", MISSING + f"a list of at least {least}")
    else:
        kw.setdefault("missing", ())
    return colander.SchemaNode(Items(least, most), part, **kw)
