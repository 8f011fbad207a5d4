"""Colander types of our own: amounts as people write them, uploaded files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import IO, Any

import colander

from riskportal.contracts.money import Money, exponent
from riskportal.plug.messages import _

_SPACES = re.compile(r"[\s\u00a0\u202f']")


class MoneyText(colander.SchemaType):
    """An amount of one currency, written with a point or a comma: "1280", "12,50", "1.280,00".

    Deserializes to Money. A separator followed by three digits would be ambiguous and is refused.
    """

    def __init__(self, currency: str) -> None:
        self.currency = currency

    def serialize(self, node: Any, appstruct: Any) -> Any:
        if appstruct is colander.null:
            return colander.null
        if not isinstance(appstruct, Money):
            raise colander.Invalid(node, f"{appstruct!r} is not Money")
        return str(appstruct.decimal())

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        if cstruct is colander.null or cstruct == "":
            return colander.null
        wrong = colander.Invalid(node, _("Write an amount such as {example}.", example=self._example()))
        if not isinstance(cstruct, str):
            raise wrong
        try:
            return Money.parse(self._plain(cstruct), self.currency)
        except ValueError:
            raise wrong from None

    def cstruct_children(self, node: Any, cstruct: Any) -> list[Any]:
        return []

    def _example(self) -> str:
        return str(Money(128000, self.currency).decimal())

    def _plain(self, text: str) -> str:
        """The text with one point and no thousands separators; what can't be read comes back unreadable."""
        text = _SPACES.sub("", text)
        last = max(text.rfind("."), text.rfind(","))
        if last < 0:
            return text
        whole, fraction = text[:last], text[last + 1 :]
        if len(fraction) > exponent(self.currency):
            return "ambiguous"
        thousands = "," if text[last] == "." else "."
        groups = whole.split(thousands)
        if len(groups) > 1 and any(len(group) != 3 for group in groups[1:]):
            return "ambiguous"
        return f"{''.join(groups)}.{fraction}" if fraction else "".join(groups)


@dataclass(frozen=True)
class UploadedFile:
    """A posted file. `name` and `media_type` are the sender's claims and prove nothing."""

    name: str
    media_type: str
    file: IO[bytes]


class Upload(colander.SchemaType):
    """A posted file; deserializes to UploadedFile."""

    def serialize(self, node: Any, appstruct: Any) -> Any:
        return colander.null

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        if cstruct is colander.null:
            return colander.null
        if not hasattr(cstruct, "file"):
            raise colander.Invalid(node, _("Choose a file."))
        name = str(cstruct.filename).replace("\\", "/").rsplit("/", 1)[-1]
        return UploadedFile(name[:255], str(getattr(cstruct, "type", "") or ""), cstruct.file)

    def cstruct_children(self, node: Any, cstruct: Any) -> list[Any]:
        return []
