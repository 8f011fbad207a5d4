"""Translation: one catalogue per language, read at start-up from every package's `locale` folder.

English texts are their own message ids. Each package keeps `locale/<language>/LC_MESSAGES/messages.po`;
the files are read as they are, so nothing has to be compiled. The core's texts win over a
module's, and an earlier module's over a later one's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from gettext import c2py
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from translationstring import TranslationString

from riskportal.plug.messages import Message, fill

# Languages that the portal itself speaks, with their own names. English needs no catalogue.
LANGUAGES = {"en": "English", "de": "Deutsch"}
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True)
class Catalogue:
    """The texts of one language: message id to text, or to the texts of its plural forms."""

    language: str
    texts: Mapping[str, str | tuple[str, ...]]
    plural_form: Callable[[int], int]

    def text(self, msgid: str) -> str:
        """The translation of `msgid`, itself when there is none."""
        found = self.texts.get(msgid)
        return found if isinstance(found, str) else msgid if found is None else found[0]

    def counted(self, one: str, many: str, n: int) -> str:
        """The translation for the count `n`."""
        found = self.texts.get(one)
        if isinstance(found, tuple):
            return found[self.plural_form(n)]
        return one if n == 1 else many


def load_catalogues(folders: Iterable[Path], libraries: Iterable[tuple[str, Path]] = ()) -> dict[str, Catalogue]:
    """Read the catalogues of all languages from `folders` (first wins) and of libraries' `.mo` files (last)."""
    folders, libraries = list(folders), list(libraries)
    return {language: _load(language, folders, libraries) for language in LANGUAGES}


def _load(language: str, folders: list[Path], libraries: list[tuple[str, Path]]) -> Catalogue:
    texts: dict[str, str | tuple[str, ...]] = {}
    expression = "(n != 1)"
    for folder in folders:
        path = folder / language / "LC_MESSAGES" / "messages.po"
        if path.exists():
            with path.open("rb") as file:
                catalog = read_po(file, locale=language)
            expression = catalog.plural_expr
            _merge(texts, catalog)
    for domain, folder in libraries:
        path = folder / language / "LC_MESSAGES" / f"{domain}.mo"
        if path.exists():
            with path.open("rb") as file:
                _merge(texts, read_mo(file))
    return Catalogue(language, texts, c2py(expression))


def _merge(texts: dict[str, str | tuple[str, ...]], catalog: Catalog) -> None:
    for message in catalog:
        if not message.id or message.fuzzy:
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        text = message.string if isinstance(message.string, str) else tuple(message.string or ())
        if text and all(text):
            texts.setdefault(key, text)


class Translator:
    """Turns messages into one language; `number` formats the counts that stand in them."""

    def __init__(self, catalogue: Catalogue, number: Callable[[int], str]) -> None:
        self.catalogue = catalogue
        self._number = number

    def translate(self, message: Any) -> str:
        """A lazy message in this language; any other text (a customer's own words) as it is."""
        if isinstance(message, Message):
            if message.plural:
                return self.ngettext(message.msgid, message.plural, **message.values)
            return self.gettext(message.msgid, **message.values)
        if isinstance(message, TranslationString):
            return message.interpolate(self.catalogue.text(str(message)))
        return "" if message is None else str(message)

    def gettext(self, msgid: str, **values: Any) -> str:
        """The text of `msgid`, its `{placeholders}` filled."""
        return fill(self.catalogue.text(msgid), self._shown(values))

    def ngettext(self, one: str, many: str, n: int, **values: Any) -> str:
        """The text for the count `n`, which also fills `{n}`."""
        return fill(self.catalogue.counted(one, many, n), self._shown({"n": n, **values}))

    def _shown(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._show(value) for name, value in values.items()}

    def _show(self, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return self._number(value)
        return self.translate(value) if isinstance(value, str) else value


def negotiate(wanted: Iterable[str | None], offered: Iterable[str]) -> str:
    """The first wanted language that is offered (a region counts as its language), else the first offered."""
    offered = [language for language in offered if language in LANGUAGES] or [DEFAULT_LANGUAGE]
    for language in wanted:
        short = (language or "").replace("_", "-").partition("-")[0].lower()
        if short in offered:
            return short
    return offered[0]
