"""The colours: every text on every ground it meets keeps 4.5:1, in both schemes, for any brand colour."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

import riskportal

CSS = Path(riskportal.__file__).parent / "static" / "css"
TOKENS = (CSS / "tokens.css").read_text(encoding="utf-8")

Rgb = tuple[float, float, float]
CONSOLE = False


def hex_rgb(text: str) -> Rgb:
    return tuple(int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG 2.2 contrast ratio."""
    dark, light = sorted(0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) for r, g, b in (one, other))
    return (light + 0.05) / (dark + 0.05)


def to_oklab(rgb: Rgb) -> Rgb:
    """Ottosson's OKLab (2020), as CSS Color 4 uses it."""
    r, g, b = (linear(c) for c in rgb)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def from_oklab(lab: Rgb) -> Rgb:
    """Back to sRGB, clipped the way a browser shows colours outside the gamut."""
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    clipped = (min(max(c, 0.0), 1.0) for c in channels)
    return tuple(c * 12.92 if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in clipped)  # type: ignore[return-value]


def mix(share: float, one: Rgb, other: Rgb) -> Rgb:
    a, b = to_oklab(one), to_oklab(other)
    return from_oklab(tuple(share * x + (1 - share) * y for x, y in zip(a, b, strict=True)))  # type: ignore[arg-type]


@pytest.fixture(autouse=True, params=["portal", "console"])
def area(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything holds in both palettes: the console's tokens stand over the portal's."""
    monkeypatch.setattr(f"{__name__}.CONSOLE", request.param == "console")


def pairs() -> dict[str, tuple[Rgb, Rgb]]:
    """Token -> (light, dark) of every token that is written as plain hex."""
    # A later one of the same name wins, as in the cascade.
    palette = TOKENS.partition("@media")[0] + (TOKENS.partition(":root:has(> .console)")[2] if CONSOLE else "")
    found = {
        name: (hex_rgb(light), hex_rgb(dark))
        for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", palette)
    }
    for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{6});", TOKENS):
        found.setdefault(name, (hex_rgb(value), hex_rgb(value)))
    return found


def line_colour(accent: Rgb, scheme: int) -> Rgb:
    """--accent-line as tokens.css derives it; the numbers are read from there."""
    floor = float(re.search(r"oklch\(from var\(--accent\) min\(l, ([\d.]+)\)", TOKENS)[1])  # type: ignore[index]
    raised, chroma = map(float, re.search(r"max\(l, ([\d.]+)\) min\(c, ([\d.]+)\)", TOKENS).groups())  # type: ignore[union-attr]
    lightness, a, b = to_oklab(accent)
    if scheme == 0:
        return from_oklab((min(lightness, floor), a, b))
    now = (a * a + b * b) ** 0.5
    shrink = min(now, chroma) / now if now else 0.0
    return from_oklab((max(lightness, raised), a * shrink, b * shrink))


GROUNDS = ("canvas", "surface", "sunken", "hover", "quiet-soft")
TEXTS = ("ink", "ink-2")
STATUS = ("good", "wait", "bad")
BRANDS = (
    "#0b5d57",
    "#ffd400",
    "#000000",
    "#ffffff",
    "#e4002b",
    "#0a84ff",
    "#00c853",
    "#7c3aed",
    "#f5f5dc",
    "#0000ff",
)


@pytest.mark.parametrize(("text", "ground"), list(product(TEXTS, GROUNDS)))
def test_text_on_every_ground(text: str, ground: str) -> None:
    tokens = pairs()
    for scheme in (0, 1):
        assert contrast(tokens[text][scheme], tokens[ground][scheme]) >= 4.5


@pytest.mark.parametrize("name", STATUS)
def test_status_colours(name: str) -> None:
    tokens = pairs()
    for scheme, ground in product((0, 1), (f"{name}-soft", "surface", "canvas", "sunken")):
        assert contrast(tokens[name][scheme], tokens[ground][scheme]) >= 4.5, (scheme, ground)
        assert contrast(tokens["ink"][scheme], tokens[f"{name}-soft"][scheme]) >= 4.5


def test_buttons_and_edges() -> None:
    tokens = pairs()
    assert contrast(tokens["accent"][0], tokens["accent-ink"][0]) >= 4.5
    for scheme in (0, 1):
        assert contrast(tokens["danger"][scheme], tokens["danger-ink"][scheme]) >= 4.5
        for ground in ("surface", "canvas"):
            assert contrast(tokens["edge"][scheme], tokens[ground][scheme]) >= 3


@pytest.mark.parametrize("brand", BRANDS)
def test_a_tenants_colour_stays_readable_as_a_link(brand: str) -> None:
    tokens = pairs()
    shares = [float(x) / 100 for x in re.findall(r"var\(--accent-line\) (\d+)%, #", TOKENS)]
    for scheme in (0, 1):
        line = line_colour(hex_rgb(brand), scheme)
        soft = mix(shares[scheme], line, tokens["surface"][scheme])
        for ground in (tokens["surface"][scheme], tokens["canvas"][scheme], tokens["sunken"][scheme], soft):
            assert contrast(line, ground) >= 4.5, (scheme, contrast(line, ground))


def test_colours_are_named_in_tokens_only() -> None:
    for sheet in CSS.glob("*.css"):
        if sheet.name in {"tokens.css", "print.css"}:
            continue
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.S)
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?![\w-]*\s*\{)|rgba?\(|hsla?\(", text), sheet.name
