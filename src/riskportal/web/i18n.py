"""Translation: one catalogue per language, read at start-up from every package's `locale` folder.

English texts are their own message ids. Each package keeps `locale/<language>/LC_MESSAGES/messages.po`;
the files are read as they are, so nothing has to be compiled. A text is translated by the package that
wrote it, else by the core, never by another module: the same English word may mean two things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
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

Texts = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Catalogue:
    """The texts of one language: message id to text, or to the texts of its plural forms.

    `texts` are the core's and those of libraries, `modules` each module's by its package. `origin` is the
    Python module that wrote a text, or its package.
    """

    language: str
    texts: Texts
    plural_form: Callable[[int], int]
    modules: Mapping[str, Texts] = field(default_factory=dict)

    def text(self, msgid: str, origin: str = "") -> str:
        """The translation of `msgid`, itself when there is none."""
        found = self._find(msgid, origin)
        return found if isinstance(found, str) else msgid if found is None else found[0]

    def counted(self, one: str, many: str, n: int, origin: str = "") -> str:
        """The translation for the count `n`."""
        found = self._find(one, origin)
        if isinstance(found, tuple):
            return found[self.plural_form(n)]
        return one if n == 1 else many

    def _find(self, msgid: str, origin: str) -> str | tuple[str, ...] | None:
        while origin:
            own = self.modules.get(origin)
            if own is not None and msgid in own:
                return own[msgid]
            origin = origin.rpartition(".")[0]
        return self.texts.get(msgid)


def load_catalogues(
    core: Path, modules: Mapping[str, Path] | None = None, libraries: Iterable[tuple[str, Path]] = ()
) -> dict[str, Catalogue]:
    """Read the catalogues of all languages: the core's, each module's by its package, libraries' `.mo` files."""
    libraries = list(libraries)
    return {language: _load(language, core, modules or {}, libraries) for language in LANGUAGES}


def _load(language: str, core: Path, modules: Mapping[str, Path], libraries: list[tuple[str, Path]]) -> Catalogue:
    texts, expression = _read(language, core)
    own = {package: _read(language, folder)[0] for package, folder in modules.items()}
    for domain, folder in libraries:
        path = folder / language / "LC_MESSAGES" / f"{domain}.mo"
        if path.exists():
            with path.open("rb") as file:
                _merge(texts, read_mo(file))
    return Catalogue(language, texts, c2py(expression), own)


def _read(language: str, folder: Path) -> tuple[dict[str, str | tuple[str, ...]], str]:
    """A package's texts and the rule of the language's plural forms."""
    path = folder / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return {}, "(n != 1)"
    texts, expression = _parsed(path, language, path.stat().st_mtime_ns)
    return dict(texts), expression


@lru_cache(maxsize=64)
def _parsed(path: Path, language: str, _written: int) -> tuple[Texts, str]:
    """Parsing takes longest of all that a start does; the tests start hundreds of times in one process."""
    texts: dict[str, str | tuple[str, ...]] = {}
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    _merge(texts, catalog)
    return texts, catalog.plural_expr


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

    def __init__(self, catalogue: Catalogue, number: Callable[[Any], str]) -> None:
        self.catalogue = catalogue
        self._number = number

    def translate(self, message: Any) -> str:
        """A lazy message in this language; any other text (a customer's own words) as it is."""
        if isinstance(message, Message):
            if message.plural:
                return self.ngettext(message.msgid, message.plural, origin_=message.origin, **message.values)
            return self.gettext(message.msgid, message.origin, **message.values)
        if isinstance(message, TranslationString):
            return message.interpolate(self.catalogue.text(str(message)))
        return "" if message is None else str(message)

    def gettext(self, msgid: str, origin_: str = "", **values: Any) -> str:
        """The text of `msgid`, its `{placeholders}` filled."""
        return fill(self.catalogue.text(msgid, origin_), self._shown(values))

    def ngettext(self, one: str, many: str, n: int, origin_: str = "", **values: Any) -> str:
        """The text for the count `n`, which also fills `{n}`."""
        return fill(self.catalogue.counted(one, many, n, origin_), self._shown({"n": n, **values}))

    def _shown(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._show(value) for name, value in values.items()}

    def _show(self, value: Any) -> Any:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
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
