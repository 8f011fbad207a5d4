"""Text of others as it is: characters that would steer a terminal, a log or the reading order get a face.

A line break in an audit entry must not start a new line, an escape must not colour a terminal, and a
direction mark must not make "cod.exe" read as "exe.doc".
"""

from __future__ import annotations

import re

_STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
# The block "Control Pictures" stands at this distance: U+000D becomes ␍.
_PICTURES = 0x2400
_DELETE, _DELETE_PICTURE = "\x7f", "␡"


def visible(text: str) -> str:
    """The text with a picture (␍, ␛) or the number (⟨U+202E⟩) in the place of every steering character."""
    return _STEERING.sub(_face, text)


def _face(match: re.Match[str]) -> str:
    char = match[0]
    if char == _DELETE:
        return _DELETE_PICTURE
    return chr(_PICTURES + ord(char)) if char < " " else f"⟨U+{ord(char):04X}⟩"
