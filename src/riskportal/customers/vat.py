"""VAT numbers: which country's they are, whether they can be right, and how they are written.

Form and check digits are those of python-stdnum: the 27 states of the EU, Northern Ireland (XI), the United
Kingdom, Switzerland and Norway. Whether a number exists only a register knows (riskportal.customers.vies).
Numbers of other countries are kept as they were typed: they have no common form that could be checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from typing import Any

LONGEST = 30  # the column

# First letters of a number -> the country they stand for (ISO 3166-1) and what a number looks like, whose digits fit
# together, so that an example of ours is never refused by us.
# Greece writes EL, not GR; Northern Ireland writes XI and is asked for in the EU's register.
_EU = {
    "AT": ("AT", "ATU12345675"),
    "BE": ("BE", "BE0123456749"),
    "BG": ("BG", "BG123456786"),
    "CY": ("CY", "CY10345678D"),
    "CZ": ("CZ", "CZ12345679"),
    "DE": ("DE", "DE123456788"),
    "DK": ("DK", "DK12345674"),
    "EE": ("EE", "EE123456780"),
    "EL": ("GR", "EL123456783"),
    "ES": ("ES", "ESA12345674"),
    "FI": ("FI", "FI12345671"),
    "FR": ("FR", "FR12345678221"),
    "HR": ("HR", "HR12345678903"),
    "HU": ("HU", "HU12345676"),
    "IE": ("IE", "IE1234560AB"),
    "IT": ("IT", "IT12345678887"),
    "LT": ("LT", "LT123456715"),
    "LU": ("LU", "LU12345613"),
    "LV": ("LV", "LV40123456707"),
    "MT": ("MT", "MT12345671"),
    "NL": ("NL", "NL123456782B01"),
    "PL": ("PL", "PL1234567802"),
    "PT": ("PT", "PT123456789"),
    "RO": ("RO", "RO12345674"),
    "SE": ("SE", "SE123456789701"),
    "SI": ("SI", "SI12345679"),
    "SK": ("SK", "SK1234567895"),
    "XI": ("GB", "XI123456782"),
}
_CHECKED = _EU | {
    "GB": ("GB", "GB123456782"),
    "CHE": ("CH", "CHE-123.456.788 MWST"),
    "NO": ("NO", "NO123456785MVA"),
}
EU_PREFIXES = frozenset(_EU)

# What an address says about a number that was typed without its first letters.
_OF_COUNTRY = {
    **{country: prefix for prefix, (country, _) in _CHECKED.items() if prefix != "XI"},
    "IM": "GB",  # the Isle of Man uses British numbers,
    "MC": "FR",  # Monaco French ones
}

# Where python-stdnum keeps each country's check; others are found as stdnum.<country>.vat.
_MODULES = {"EL": "stdnum.gr.vat", "XI": "stdnum.gb.vat", "NO": "stdnum.no.mva"}
_SEPARATORS = re.compile(r"[\s.\-/\u00b7\u2010-\u2015]+")
_PLAIN = re.compile(r"[A-Z0-9+*]+\Z")
_SWISS = re.compile(r"CHE([0-9]{3})([0-9]{3})([0-9]{3})(MWST|TVA|IVA|TPV)?\Z")


class VatWrong(ValueError):
    """A text that can't be a VAT number.

    `reason` is "shape" (compare it with `example`), "digits" (its check digits contradict it) or "country"
    (nothing says which country's it is). `country` is the ISO code whose rule was broken.
    """

    def __init__(self, reason: str, country: str | None = None, example: str | None = None) -> None:
        super().__init__(f"not a VAT number: {reason}")
        self.reason, self.country, self.example = reason, country, example


@dataclass(frozen=True)
class VatNumber:
    """A VAT number in the form that is stored: `text`, e.g. "DE136695976" or "CHE-107.787.577 MWST".

    `country` (ISO 3166-1) is None when no rule of ours knows such numbers: `text` is then as typed.
    """

    prefix: str
    national: str
    country: str | None
    text: str

    @property
    def in_eu_register(self) -> bool:
        """Whether the EU's register can be asked about it."""
        return self.prefix in EU_PREFIXES


def read_vat_number(typed: str, address_country: str | None = None) -> VatNumber:
    """The number that somebody typed, in any usual spelling; VatWrong when it can't be one.

    Without its first letters it is taken for one of the country of the address.
    """
    text = " ".join(typed.split())
    if len(text) > LONGEST:
        raise VatWrong("shape", *_example(_OF_COUNTRY.get(address_country or "")))
    compact = _SEPARATORS.sub("", text).upper()
    prefix = _prefix_of(compact, address_country)
    if prefix is None:
        if address_country is None or address_country in _OF_COUNTRY:
            raise VatWrong("country")
        return VatNumber("", text, None, text)
    return _checked(prefix, compact)


def known_vat_number(stored: str | None, address_country: str | None = None) -> VatNumber | None:
    """A stored number taken apart, without its first letters one of the country of the address; None when there
    is none or it isn't one that can be checked."""
    if not stored:
        return None
    try:
        number = read_vat_number(stored, address_country)
    except VatWrong:
        return None
    return number if number.country else None


def vat_example(country: str | None) -> str:
    """What a VAT number looks like in a country; a German one where we know no rule."""
    return _CHECKED[_OF_COUNTRY.get(country or "", "DE")][1]


def other_country(stored: str | None, address_country: str | None) -> str | None:
    """The country of a stored number when the address is in another one: worth a look, often right."""
    number = known_vat_number(stored)
    if number is None or not address_country or _home(address_country) == number.country:
        return None
    return number.country


def _home(country: str) -> str | None:
    prefix = _OF_COUNTRY.get(country)
    return _CHECKED[prefix][0] if prefix else country


def _prefix_of(compact: str, address_country: str | None) -> str | None:
    """The letters that a number begins with, or those of the address's country; None when neither is known."""
    at_home = _OF_COUNTRY.get(address_country or "")
    for length in (3, 2):
        start, rest = compact[:length], compact[length:]
        start = "EL" if start == "GR" else start
        if start not in _CHECKED:
            continue
        # Elsewhere a number may begin with the same letters by chance: digits soon after show what is meant.
        if at_home or address_country is None or re.match(r"[A-Z]?[0-9]{5}", rest):
            return start
    return at_home


def _checked(prefix: str, compact: str) -> VatNumber:
    country, example = _CHECKED[prefix]
    compact = "EL" + compact[2:] if prefix == "EL" and compact.startswith("GR") else compact
    rest = compact.removeprefix(prefix)
    if not _PLAIN.match(rest):
        raise VatWrong("shape", country, example)
    errors: Any = import_module("stdnum.exceptions")
    try:
        national = _national(prefix, rest)
    except (errors.InvalidChecksum, errors.InvalidComponent) as error:
        # A wrong letter or a date that doesn't exist is as wrong as a wrong check digit.
        reason = "digits" if isinstance(error, errors.InvalidChecksum) else "shape"
        raise VatWrong(reason, country, example) from None
    except errors.ValidationError:
        raise VatWrong("shape", country, example) from None
    text = prefix + national
    return VatNumber(prefix, national, country, _swiss(text) if prefix == "CHE" else text)


def _national(prefix: str, rest: str) -> str:
    """The number without its first letters, as python-stdnum writes it; its ValidationError when it can't be."""
    if prefix == "CHE":
        # With or without MWST, TVA, IVA or TPV: the first is the VAT number, the second the company's number.
        module: Any = import_module("stdnum.ch.vat" if len(rest) > 9 else "stdnum.ch.uid")
        return str(module.validate(prefix + rest)).removeprefix(prefix)
    if prefix == "NO":
        rest = rest.removesuffix("MVA") + "MVA"
    if prefix in ("GB", "XI") and rest[:2] in ("GB", "XI"):
        raise import_module("stdnum.exceptions").InvalidFormat()
    module = import_module(_MODULES.get(prefix, "stdnum"))
    if module.__name__ == "stdnum":
        module = module.get_cc_module(prefix.lower(), "vat")
    national = str(module.validate(prefix + rest))
    # Romania's check keeps the letters, all others drop them; a French number may begin with FR itself.
    return national.removeprefix("RO") if prefix == "RO" else national


def _swiss(compact: str) -> str:
    """A Swiss number as it stands on invoices: CHE-107.787.577 MWST."""
    found = _SWISS.match(compact)
    if found is None:
        return compact
    return f"CHE-{found[1]}.{found[2]}.{found[3]}" + (f" {found[4]}" if found[4] else "")


def _example(prefix: str | None) -> tuple[str | None, str | None]:
    return _CHECKED[prefix] if prefix else (None, None)
