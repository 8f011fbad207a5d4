"""Invoices as PDF by typst: PDF/A-3a for the archive and PDF/UA-1 for screen readers, in one file.

The same data gives the same bytes: own fonts only, the document's date instead of now. Customer
text travels as JSON and is never typst markup. Characters that no font has are replaced and the
paper says so, because an invoice with a strange name must still reach the customer.
"""

from __future__ import annotations

import atexit
import json
import logging
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

log = logging.getLogger("riskportal.billing")

STANDARDS = ["a-3a", "ua-1"]
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
FONT_PACKAGE = "font_source_sans_pro"
FONT_FACES = ("Regular", "It", "Semibold", "Bold")
LOGO_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
# Covered by the fonts above: Latin with its extensions, Greek, Cyrillic, and common punctuation.
_SAFE = ((0x20, 0x7E), (0xA0, 0x17F), (0x386, 0x3CE), (0x400, 0x45F), (0x2013, 0x2026), (0x20AC, 0x20AC))
_BREAKS = "\t\n\r"
# The fonts are those of the template.
_PROBE = b"""#set document(title: "x")
#set text(font: ("Source Sans Pro", "Libertinus Serif", "DejaVu Sans Mono"))
#sys.inputs.c"""
_lock = threading.Lock()


class PdfError(RuntimeError):
    """typst could not make the document; the message is typst's own."""


@dataclass(frozen=True)
class Logo:
    """A raster picture and its media type, as the tenant uploaded it."""

    content: bytes
    media_type: str


@dataclass(frozen=True)
class Pdf:
    """The file, and the characters that had to be replaced in it (none: empty)."""

    content: bytes
    replaced: str


def render(paper: Mapping[str, Any], logo: Logo | None, replaced_note: str) -> Pdf:
    """The PDF of a paper (see paper.py). `replaced_note` is printed when characters had to be replaced.

    PdfError when typst refuses, which is an error of ours and not of the data.
    """
    import typst

    unknown = {char for text in _texts(paper) for char in text if not printable(char)}
    data = dict(paper)
    if unknown:
        log.warning(
            "invoice %s: no font has %s", paper["title"], " ".join(f"U+{ord(c):04X}" for c in sorted(unknown))
        )
        table = str.maketrans(dict.fromkeys(unknown, REPLACEMENT))
        data = {**_mapped(paper, lambda text: text.translate(table)), "replaced": replaced_note}
    try:
        return Pdf(_compile(data, logo), "".join(sorted(unknown)))
    except typst.TypstError as error:
        if logo is not None:
            # A damaged picture must not keep an invoice from its reader.
            log.exception("invoice %s: retried without the logo", paper["title"])
            return render(paper, None, replaced_note)
        raise PdfError(str(error)) from error


def _compile(data: Mapping[str, Any], logo: Logo | None) -> bytes:
    import typst

    with tempfile.TemporaryDirectory(prefix="riskportal-pdf-") as folder:
        inputs = {"data": json.dumps(data, ensure_ascii=False)}
        if logo is not None:
            name = "logo" + LOGO_SUFFIXES[logo.media_type]
            (Path(folder) / name).write_bytes(logo.content)
            inputs["logo"] = "/" + name
        result: bytes = typst.compile(
            template(), root=folder, font_paths=fonts(), sys_inputs=inputs, pdf_standards=STANDARDS
        )
        return result


@lru_cache(maxsize=1)
def template() -> bytes:
    """The source of the invoice template."""
    return files("riskportal_billing").joinpath("templates/pdf/invoice.typ").read_bytes()


def fonts() -> Any:
    """Our fonts, loaded once: four faces of Source Sans, and what typst carries itself as a fallback."""
    with _lock:
        return _load_fonts()


@lru_cache(maxsize=1)
def _load_fonts() -> Any:
    """A folder with our faces alone: typst takes folders, and of two files of one face what the disk lists first."""
    import typst

    folder = Path(tempfile.mkdtemp(prefix="riskportal-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for face in FONT_FACES:
        name = f"SourceSansPro-{face}.ttf"
        with as_file(files(FONT_PACKAGE).joinpath("files", name)) as path:
            shutil.copyfile(path, folder / name)
    return typst.Fonts(include_system_fonts=False, font_paths=[str(folder)])


@lru_cache(maxsize=8192)
def printable(char: str) -> bool:
    """Whether a font of ours has this character; asked of typst itself unless it is a common one."""
    code = ord(char)
    if any(low <= code <= high for low, high in _SAFE) or char in _BREAKS:
        return True
    import typst

    try:
        typst.compile(_PROBE, font_paths=fonts(), sys_inputs={"c": f"a{char}a"}, pdf_standards=STANDARDS)
    except typst.TypstError:
        return False
    return True


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _mapped(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _mapped(inner, change) for key, inner in value.items()}
    return [_mapped(inner, change) for inner in value] if isinstance(value, list | tuple) else value
