"""Domains in one canonical form; which of them name no organisation, and which may look like another one.

Public suffixes (publicsuffix.org) come from the list inside tldextract: it is never fetched and nothing is
written, so that a rule is judged alike on every machine. Sources: UTS 46 (canonical form), UTS 39 (scripts).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

import idna

from riskportal.identity import free_mail

SUFFIX, FREE_MAIL = "suffix", "free_mail"

# Letters of other scripts that most fonts draw like these Latin ones (from UTS 39's confusables).
_LOOKS_LIKE = str.maketrans(
    "авеԁгһіјӏкмноԛрсѕтуѵԝхαγηικνορτυχωօոսց",
    "abedrhijlkmhoqpcstyvwxaynikvoptuxwonug",
)
# Combining marks, digits and the hyphen belong to every script.
_COMMON = ("DIGIT", "HYPHEN", "HYPHEN-MINUS", "COMBINING")
# Japanese and Chinese are written in several scripts at once (UTS 39, 5.2).
_ONE_WRITING = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "BOPOMOFO", "IDEOGRAPHIC"})


@dataclass(frozen=True)
class Look:
    """How a canonical domain reads, for people who decide whether they trust it.

    `unicode` is None for a domain of plain letters. `scripts` are those of the letters beyond a to z by
    Unicode's name ("CYRILLIC"), plain Latin first when there are such letters too; `mixed` whether one label
    mixes scripts. `twin` is the domain of plain letters that most people would read.
    """

    unicode: str | None
    scripts: tuple[str, ...] = ()
    mixed: bool = False
    twin: str | None = None


PLAIN = Look(None)


def canonical_domain(text: str) -> str:
    """`text` as a lower-case A-label, e.g. "Ünïcode.example." -> "xn--ncode-cta3g.example".

    ValueError when it is no host name with at least two labels.
    """
    try:
        # One dot at the end is the root's; UTS 46 knows more signs for it.
        label = idna.encode(text.strip(), uts46=True, std3_rules=True).decode("ascii").lower().removesuffix(".")
    except (idna.IDNAError, UnicodeError) as error:
        raise ValueError(f"not a domain: {text!r}") from error
    if "." not in label or label.replace(".", "").isdigit() or len(label) > 253:
        raise ValueError(f"not a domain: {text!r}")
    return label


def why_open(domain: str) -> str | None:
    """Why a canonical domain names no organisation: SUFFIX (anybody gets a domain under it), FREE_MAIL (anybody
    gets an address under it). None for a domain that is somebody's own."""
    found = _suffixes()(domain)
    if found.suffix == domain:
        return SUFFIX
    labels = domain.split(".")
    parents = (".".join(labels[start:]) for start in range(len(labels) - 1))
    family = bool(found.suffix) and found.domain in free_mail.FAMILIES
    if family or not free_mail.DOMAINS.isdisjoint(parents):
        return FREE_MAIL
    return None


@cache
def _suffixes() -> Any:
    # Only who adds a rule needs it, and it takes a third of a second to import.
    from tldextract import TLDExtract

    return TLDExtract(
        cache_dir=None, suffix_list_urls=(), fallback_to_snapshot=True, include_psl_private_domains=True
    )


def look(domain: str) -> Look:
    """How a canonical domain reads, and what is odd about that."""
    labels = domain.split(".")
    if not any(label.startswith("xn--") for label in labels):
        return PLAIN
    try:
        shown = [idna.decode(label) for label in labels]
    except (idna.IDNAError, UnicodeError):
        return PLAIN
    written = [_scripts(label) for label in shown]
    scripts = sorted(
        {script for found in written for script in found}, key=lambda script: (script != "LATIN", script)
    )
    name = ".".join(shown)
    twin = unicodedata.normalize("NFC", name).translate(_LOOKS_LIKE)
    return Look(
        unicode=name,
        scripts=tuple(scripts),
        mixed=any(len(found - _ONE_WRITING) + bool(found & _ONE_WRITING) > 1 for found in written),
        twin=twin if twin.isascii() else None,
    )


def _scripts(label: str) -> set[str]:
    """The scripts of a label's letters: the first word of their names, as Python knows no script property."""
    words = {unicodedata.name(char, "UNKNOWN").split(" ")[0] for char in label}
    return {word for word in words if word not in _COMMON}
