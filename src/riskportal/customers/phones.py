"""Telephone numbers in the international form of E.164, grouped as their owner groups them.

Nobody is dialled or texted from here, so a plan of every country's numbers (phonenumbers: 23 MB, 85 ms to
load) would only find a digit too many in some of them; the country code and the overall length are checked.
"""

from __future__ import annotations

import re

LONGEST = 40  # the column
FEWEST_DIGITS, MOST_DIGITS = 7, 15  # E.164: at most 15, the country code included

_ALLOWED = re.compile(r"\+[0-9 ().\-/]+\Z")
# "+49 (0)4131": the national zero that is left out when one calls from abroad.
_NATIONAL_ZERO = re.compile(r"\( ?0 ?\)")
_BETWEEN = re.compile(r"[ ().\-/]+")


def read_phone(typed: str) -> str:
    """The number with its country code and single spaces: "0049 (0)4131/98 76-54" -> "+49 4131 98 76 54".

    ValueError without a country code, with other signs than a number has, or with too few or too many digits.
    """
    text = " ".join(typed.split())
    if len(text) > LONGEST:
        raise ValueError("too long for a telephone number")
    text = "+" + text[2:].lstrip() if text.startswith("00") else text
    if not _ALLOWED.match(text):
        raise ValueError("not an international telephone number")
    text = "+" + _BETWEEN.sub(" ", _NATIONAL_ZERO.sub(" ", text[1:])).strip()
    digits = sum(char.isdigit() for char in text)
    # No country code begins with a zero.
    if text.startswith("+0") or not FEWEST_DIGITS <= digits <= MOST_DIGITS:
        raise ValueError("not a telephone number")
    return text
