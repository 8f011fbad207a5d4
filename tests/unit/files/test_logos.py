"""Logos: what is kept of an uploaded picture is its pixels, and nothing that isn't one gets in."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.files.blobs import LocalBlobStore
from riskportal.files.images import NotAnImage, inspect_image
from riskportal.files.logos import HIGHEST, MAX_LOGO_BYTES, WIDEST, read_logo, remove_logo, set_logo
from riskportal.files.models import StoredFile
from riskportal.tenancy.models import Tenant


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, pixels: bytes | None = None, extra: bytes = b"") -> bytes:
    """An RGBA picture, one colour unless `pixels` says otherwise."""
    row = b"\0" + (bytes((20, 90, 160, 255)) * width)
    data = zlib.compress(pixels if pixels is not None else row * height, 9)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def pixels_of(data: bytes) -> tuple[int, int, bytes]:
    """Width, height and raw rows of an RGBA PNG."""
    at, body = 8, b""
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            body += data[at + 8 : at + 8 + size]
        at += 12 + size
    width, height, depth, colour = struct.unpack(">IIBB", data[16:26])
    assert (depth, colour) == (8, 6)
    return width, height, zlib.decompress(body)


SECRET = b"GPS 53.55 9.99 <?php system($_GET[0]) ?><script>alert(1)</script>"


def test_nothing_but_pixels_is_kept() -> None:
    loud = png(40, 20, extra=chunk(b"tEXt", b"Comment\0" + SECRET) + chunk(b"eXIf", SECRET)) + SECRET
    logo = read_logo(loud)
    assert logo.media_type == "image/png"
    assert b"script" not in logo.content and b"GPS" not in logo.content
    width, height, rows = pixels_of(logo.content)
    assert (width, height) == (40, 20)
    assert bytes((20, 90, 160, 255)) in rows
    assert read_logo(loud).sha256 == read_logo(png(40, 20)).sha256, "the same pixels are the same logo"


def test_glass_stays_glass() -> None:
    clear = png(8, 8, pixels=(b"\0" + bytes(32)) * 8)
    rows = pixels_of(read_logo(clear).content)[2]
    assert not any(rows[at] for at in range(len(rows)) if at % 33), "each row begins with its filter"


def test_a_jpeg_becomes_a_png(jpeg: bytes) -> None:
    logo = read_logo(jpeg + SECRET)
    assert inspect_image(logo.content).media_type == "image/png"
    assert b"script" not in logo.content


@pytest.fixture
def jpeg() -> bytes:
    """A real picture of one grey block, 8 by 8 (baseline JPEG, written by hand after ITU-T T.81)."""
    quantise = b"\xff\xdb\x00\x43\x00" + bytes([1] * 64)
    frame = b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00"
    # One code each: "0" is a DC difference of 0 bits, "0" the end of the block.
    codes = b"".join(b"\xff\xc4\x00\x14" + bytes([kind, 1, *[0] * 15, 0]) for kind in (0x00, 0x10))
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x3f"
    return b"\xff\xd8" + quantise + frame + codes + scan + b"\xff\xd9"


def test_a_large_one_becomes_smaller() -> None:
    started = process_time()
    width, height, _rows = pixels_of(read_logo(png(3000, 3000)).content)
    assert (width, height) == (HIGHEST, HIGHEST)
    assert pixels_of(read_logo(png(2400, 100)).content)[:2] == (WIDEST, 50)
    assert process_time() - started < 20


BAD = {
    "an SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a page": b"<!doctype html><script>alert(1)</script>",
    "nothing": b"",
    "a GIF": b"GIF89a" + bytes(60),
    "a WebP": b"RIFF" + bytes(4) + b"WEBPVP8L" + bytes(4) + b"\x2f" + bytes(30),
    "a PDF": b"%PDF-1.7\n" + bytes(50),
    "a header without a picture": png(20, 20)[:60],
    "a picture that breaks off": png(200, 200, pixels=bytes(range(256)) * 630)[:-30],
    "too many pixels": png(1, 1).replace(
        chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 6, 0, 0, 0)),
        chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)),
    ),
    "fewer pixels than said": png(2900, 2900, pixels=b"\0" * 10),
    "too many bytes": png(10, 10) + bytes(MAX_LOGO_BYTES),
    "a text chunk that unfolds": png(10, 10, extra=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(90_000_000))))[:400],
}


@pytest.mark.parametrize("what", sorted(BAD))
def test_what_is_no_logo(what: str) -> None:
    with pytest.raises(NotAnImage):
        read_logo(BAD[what])


def test_more_pixels_than_said_cost_nothing() -> None:
    """A picture that unfolds to 300 MB behind a header of 10 by 10 pixels."""
    bomb = png(10, 10, pixels=bytes(300_000_000))
    assert len(bomb) < MAX_LOGO_BYTES
    started = process_time()
    with suppress(NotAnImage):
        assert pixels_of(read_logo(bomb).content)[:2] == (10, 10)
    assert process_time() - started < 5


def test_set_replace_and_remove(database: Any, tenant: Tenant, other_tenant: Tenant, tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path / "files")
    kept = []
    for one in (tenant, other_tenant, tenant):
        with database.session(Scope.tenant_wide(one.id)) as db:
            set_logo(db, blobs, png(10 + len(kept), 10))
            kept.append(db.get_one(Tenant, one.id).logo_sha256)
            with pytest.raises(NotAnImage):
                set_logo(db, blobs, b"<svg/>")
    assert all(blobs.exists(sha256) for sha256 in kept), "old invoices print the logo of their day"
    for one, rest in ((tenant, 1), (other_tenant, 0)):
        with database.session(Scope.tenant_wide(one.id)) as db:
            row = db.get_one(Tenant, one.id)
            version = row.config_version
            assert remove_logo(db)
            assert not remove_logo(db)
            db.flush()
            assert (row.logo_sha256, row.logo_media_type, row.config_version) == (None, None, version + 1)
            assert db.scalars(select(StoredFile)).all() == []
        with database.session(Scope.system_wide("t"), write=False) as db:
            assert len(db.scalars(select(StoredFile)).all()) == rest
