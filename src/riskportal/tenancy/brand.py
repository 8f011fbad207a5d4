"""The accent colour of a tenant and the text colour that can be read on it."""

from __future__ import annotations

import re

# WCAG 2.2, 1.4.3: text needs 4.5:1.
MINIMUM_CONTRAST = 4.5
# WCAG 2.2, 1.4.11: what a button consists of needs 3:1.
MINIMUM_ON_PAPER = 3.0
WHITE = "#ffffff"
INK = "#14171a"
_HEX = re.compile(r"#[0-9a-fA-F]{6}\Z")


def _luminance(colour: str) -> float:
    """Relative luminance of #rrggbb as WCAG 2.2 defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """The WCAG contrast ratio of two #rrggbb colours, 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink_for(accent: str) -> str:
    """White or near-black, whichever reads better on the accent."""
    return max((WHITE, INK), key=lambda ink: contrast(accent, ink))


class AccentRefused(ValueError):
    """A colour that can't be the accent; `code` is odd (no #rrggbb), pale (too close to white paper) or unreadable
    (no text can be read on it), `ratio` the contrast that is too low."""

    def __init__(self, code: str, message: str, ratio: float = 0.0) -> None:
        super().__init__(message)
        self.code, self.ratio = code, ratio


def checked_accent(text: str) -> str:
    """A usable accent colour in lower case.

    AccentRefused when it is no #rrggbb, or so pale that links and buttons would vanish on white paper
    (3:1 against the surface, WCAG 2.2, 1.4.11), or when no text can be read on it.
    """
    if not _HEX.match(text):
        raise AccentRefused("odd", f"expected a colour such as #0b5d57, not {text!r}")
    accent = text.lower()
    on_surface = contrast(accent, WHITE)
    if on_surface < MINIMUM_ON_PAPER:
        message = (
            f"{accent} has a contrast of {on_surface:.1f}:1 with a white page; choose a darker colour (3:1 or more)"
        )
        raise AccentRefused("pale", message, on_surface)
    best = contrast(accent, ink_for(accent))
    if best < MINIMUM_CONTRAST:
        message = f"no text can be read on {accent} (contrast {best:.1f}:1); choose a darker colour"
        raise AccentRefused("unreadable", message, best)
    return accent
