"""Catalogues of translations against the sources: `make i18n` updates them, a test checks them.

    python -m riskportal.testing.catalogues update [PACKAGE ...]

English texts are the message ids. A package's German texts lie in `locale/de/LC_MESSAGES/messages.po`;
a module may also use any sentence of the core, which then need not be translated twice. A single word it
always translates itself: "Open" is a state here and a button there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from riskportal.installed import own_packages

CORE = "riskportal"
LANGUAGES = ("de",)
KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "plural": (1, 2), "ngettext": (1, 2)}
METHODS = [("testing/**", "ignore"), ("**.py", "python"), ("**.jinja2", "jinja2.ext:babel_extract")]
OPTIONS = {"**.jinja2": {"encoding": "utf-8", "silent": "false", "trimmed": "true", "newstyle_gettext": "true"}}
_PLACEHOLDER = re.compile(r"\{[a-z_][a-z0-9_]*\}")
Id = str | tuple[str, ...]


def folder_of(package: str) -> Path:
    """Where a package lies."""
    return Path(import_module(package).__file__ or "").parent


def extracted(package: str) -> dict[Id, str]:
    """Every text of a package that is marked for translation, and the first place where it stands."""
    found: dict[Id, str] = {}
    for path, line, message, _comments, _context in extract_from_dir(folder_of(package), METHODS, OPTIONS, KEYWORDS):
        if message:
            found.setdefault(message, f"{path}:{line}")
    return found


def catalogue(package: str, language: str) -> Catalog:
    """A package's catalogue, empty when there is none yet."""
    path = path_of(package, language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def path_of(package: str, language: str) -> Path:
    """Where a package's catalogue lies."""
    return folder_of(package) / "locale" / language / "LC_MESSAGES" / "messages.po"


def problems(package: str, language: str) -> Iterator[str]:
    """What is wrong with a catalogue: missing, unsure and left-over texts, and other placeholders than in English."""
    own, core = catalogue(package, language), catalogue(CORE, language)
    wanted = extracted(package)
    for message, where in wanted.items():
        key = message if isinstance(message, str) else message[0]
        entry = own.get(key) or (core.get(key) if package == CORE or _lends(key) else None)
        if entry is None or not _full(entry.string):
            yield f"{package}/{where}: {key!r} has no text in {language!r}; run: make i18n, then fill it in"
        elif entry.fuzzy:
            yield f"{package}/{where}: {key!r} is marked fuzzy in {language!r}; check it and take the mark off"
        elif isinstance(message, tuple) != isinstance(entry.id, tuple):
            yield f"{package}/{where}: {key!r} is counted in one place and not in the other"
        else:
            yield from _other_placeholders(entry, f"{package}/{where}")
    used = {message if isinstance(message, str) else message[0] for message in wanted}
    for entry in own:
        key = entry.id if isinstance(entry.id, str) else entry.id[0]
        if key and key not in used and package != CORE:
            yield f"{package}: {key!r} stands in the catalogue {language!r} but nowhere else; run: make i18n"


def _lends(key: str) -> bool:
    """Whether the core's translation of a text means the same everywhere: words that stand alone may not."""
    return " " in key.strip()


def _full(text: str | tuple[str, ...] | None) -> bool:
    return bool(text) if isinstance(text, str) else bool(text) and all(text or ())


def _other_placeholders(entry: Any, where: str) -> Iterator[str]:
    ids = entry.id if isinstance(entry.id, tuple) else (entry.id,)
    texts = entry.string if isinstance(entry.string, tuple) else (entry.string,)
    wanted = set().union(*(_PLACEHOLDER.findall(text) for text in ids))
    for text in texts:
        # A plural form may leave out the number ("one day"), nothing else.
        missing, unknown = wanted - set(_PLACEHOLDER.findall(text)), set(_PLACEHOLDER.findall(text)) - wanted
        if unknown or (missing and not (len(texts) > 1 and missing == {"{n}"})):
            yield f"{where}: placeholders differ: {ids[0]!r} and {text!r}"


def update(package: str, language: str) -> int:
    """Bring a catalogue up to date: known texts stay, unused ones go. Returns how many are still empty."""
    old, core = catalogue(package, language), catalogue(CORE, language)
    fresh = Catalog(
        locale=language,
        project="riskportal",
        header_comment=f"# Texts of {package} in {language!r}.",
        fuzzy=False,
    )
    for message in extracted(package):
        key = message if isinstance(message, str) else message[0]
        known = old.get(key)
        if known is None and package != CORE and core.get(key) is not None and _lends(key):
            continue
        fresh.add(message, known.string if known is not None and _same_kind(known.id, message) else None)
    path = path_of(package, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, fresh, width=110, no_location=True, sort_output=True, omit_header=True)
    _put_header(path, fresh)
    return sum(1 for entry in fresh if entry.id and not _full(entry.string))


def _same_kind(one: Any, other: Any) -> bool:
    return isinstance(one, str) == isinstance(other, str)


def _put_header(path: Path, fresh: Catalog) -> None:
    """The few header lines that are read; dates and names would only make merges clash."""
    header = (
        f"{fresh.header_comment}\n"
        'msgid ""\n'
        'msgstr ""\n'
        f'"Language: {fresh.locale}\\n"\n'
        f'"Plural-Forms: {fresh.plural_forms}\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n\n'
    )
    path.write_text(header + path.read_text(encoding="utf-8"), encoding="utf-8")


def main(words: list[str]) -> int:
    """The command line."""
    if not words or words[0] != "update":
        sys.stderr.write(f"{__doc__}\n")
        return 2
    for package in words[1:] or [CORE, *own_packages()]:
        for language in LANGUAGES:
            empty = update(package, language)
            sys.stdout.write(f"{path_of(package, language)}: {empty} texts still to be translated\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
