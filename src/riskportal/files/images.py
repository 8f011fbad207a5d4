"""What an uploaded picture really is, told from its bytes: PNG, JPEG or WebP, never SVG.

Sources: PNG specification 11.2.2 (IHDR), ITU-T T.81 B.2.2 (frame header), WebP container
specification and RFC 6386 9.1 (VP8). Only headers are read; nothing is decoded.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from riskportal.plug.messages import _

LARGEST_SIDE = 4096

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE = {0x01, *range(0xD0, 0xD8)}


class NotAnImage(ValueError):
    """The bytes are no picture that we accept; the message is meant for the uploader."""


class UnknownKind(NotAnImage):
    """They are no PNG, JPEG or WebP picture at all."""


@dataclass(frozen=True)
class Image:
    """A picture's media type and its size in pixels."""

    media_type: str
    width: int
    height: int


def inspect_image(data: bytes, *, largest_side: int = LARGEST_SIDE) -> Image:
    """Recognise a raster image; NotAnImage when it is none, is damaged, or a side has too many pixels."""
    sizes = {"image/png": _png(data), "image/jpeg": _jpeg(data), "image/webp": _webp(data)}
    media_type, size = next(((kind, size) for kind, size in sizes.items() if size is not None), ("", None))
    if size is None:
        raise UnknownKind(_("This is not a picture we can use. Upload a PNG, JPEG or WebP file."))
    if min(size) < 1 or max(size) > largest_side:
        raise NotAnImage(
            _("The picture is too large. Each side may have at most {pixels} pixels.", pixels=largest_side)
        )
    return Image(media_type, *size)


def _png(data: bytes) -> tuple[int, int] | None:
    header = data[8:33]
    if not data.startswith(_PNG) or len(header) < 25 or header[:8] != b"\0\0\0\rIHDR":
        return None
    if zlib.crc32(header[4:21]) != int.from_bytes(header[21:25], "big"):
        return None
    return int.from_bytes(header[8:12], "big"), int.from_bytes(header[12:16], "big")


def _jpeg(data: bytes) -> tuple[int, int] | None:
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _JPEG_ALONE:
            at += 2
        elif marker in _JPEG_FRAMES:
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    if len(data) < 30 or data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    return None
