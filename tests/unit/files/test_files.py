"""Stored files: harmless names, true pictures, and nobody else's file."""

import io
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskportal.db.guard import Scope
from riskportal.files.blobs import BlobTooLarge, LocalBlobStore
from riskportal.files.images import NotAnImage, inspect_image
from riskportal.files.models import StoredFile
from riskportal.files.services import (
    clean_name,
    content_disposition,
    download_headers,
    find,
    store,
    store_image,
)


def png(width, height):
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + struct.pack(">I", zlib.crc32(header))


def jpeg(width, height, frame=0xC0):
    noise = b"\xff\xe0\x00\x10JFIF\0" + bytes(9) + b"\xff\xff\xdb\x00\x04\xff\xc0"
    return b"\xff\xd8" + noise + bytes([0xFF, frame, 0, 17, 8]) + struct.pack(">HH", height, width) + bytes(12)


def webp(kind, body):
    return b"RIFF" + bytes(4) + b"WEBP" + kind + bytes(4) + body + bytes(20)


def webp_lossy(width, height):
    return webp(b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", width, height))


def webp_lossless(width, height):
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14))


def webp_extended(width, height):
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return webp(b"VP8X", bytes(4) + sizes)


@pytest.mark.parametrize(
    ("make", "media_type"),
    [
        (png, "image/png"),
        (jpeg, "image/jpeg"),
        (lambda w, h: jpeg(w, h, 0xC2), "image/jpeg"),
        (webp_lossy, "image/webp"),
        (webp_lossless, "image/webp"),
        (webp_extended, "image/webp"),
    ],
)
def test_pictures_are_known_by_their_bytes(make, media_type):
    image = inspect_image(make(640, 480))
    assert (image.media_type, image.width, image.height) == (media_type, 640, 480)
    assert inspect_image(make(4096, 1)).width == 4096
    with pytest.raises(NotAnImage, match="4096 pixels"):
        inspect_image(make(1, 4097))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><html>",
        b"GIF89a" + bytes(40),
        b"%PDF-1.7" + bytes(40),
        b"\x89PNG\r\n\x1a\n<html>" + bytes(40),
        png(640, 480)[:-1] + b"\0",
        png(0, 10),
        b"\xff\xd8\xff<html>" + bytes(40),
        jpeg(640, 480)[:30],
        b"\xff\xd8\xff\xe0\0\0" * 5,
        b"RIFF" + bytes(4) + b"WAVEfmt " + bytes(40),
        webp(b"VP8 ", bytes(10)),
    ],
)
def test_anything_else_is_refused(data):
    with pytest.raises(NotAnImage):
        inspect_image(data)


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF0000WEBPVP8L"]))
def test_no_bytes_break_the_recogniser(data, start):
    with suppress(NotAnImage):
        inspect_image(start + data)


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\offer.docx", "offer.docx"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie: x=1.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("  .htaccess ", "htaccess"),
        ("", "file"),
        ("///", "file"),
        ("\ud800.txt", "?.txt"),
        ("Ångebot  2027.pdf", "Ångebot 2027.pdf"),
    ],
)
def test_names_are_made_harmless(given, clean):
    assert clean_name(given) == clean


def test_a_long_name_keeps_its_ending():
    name = clean_name("x" * 500 + ".pdf")
    assert len(name) == 150 and name.endswith("x.pdf")


def test_the_disposition_header():
    assert content_disposition("offer.pdf") == 'attachment; filename="offer.pdf"'
    assert content_disposition('a"b\\c%.pdf', inline=True).startswith('inline; filename="c_.pdf"')
    assert content_disposition("Größe €.pdf") == (
        "attachment; filename=\"Groe .pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%E2%82%AC.pdf"
    )


@given(st.text(max_size=300))
def test_no_name_breaks_out_of_the_header(name):
    value = content_disposition(name)
    assert value.isascii() and value.isprintable()
    assert value.count('"') == 2
    assert value.startswith('attachment; filename="')


@pytest.fixture
def blobs(tmp_path):
    return LocalBlobStore(tmp_path / "files")


def keep(database, tenant, blobs, **options):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        given = {"name": "a.txt", "media_type": "text/plain; charset=utf-8", "limit": 100, **options}
        return store(db, blobs, io.BytesIO(b"hello"), **given)


def test_a_file_is_kept_and_found(database, tenant, blobs):
    kept = keep(database, tenant, blobs)
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        found = find(db, kept.public_id)
        assert (found.name, found.media_type, found.size) == ("a.txt", "text/plain", 5)
        with blobs.open(found.sha256) as stream:
            assert stream.read() == b"hello"
        assert find(db, "nosuchfile") is None


def test_files_stay_within_their_bill_group(database, tenant, other_tenant, bill_group, other_bill_group, blobs):
    mine = keep(database, tenant, blobs, bill_group_id=bill_group.id).public_id
    theirs = keep(database, tenant, blobs, bill_group_id=other_bill_group.id).public_id
    tenants = keep(database, tenant, blobs).public_id
    elsewhere = keep(database, other_tenant, blobs).public_id
    with database.session(Scope.bill_group(tenant.id, bill_group.id), write=False) as db:
        everything = (mine, theirs, tenants, elsewhere)
        assert [find(db, one) is not None for one in everything] == [True, False, False, False]
    with database.session(Scope.tenant(tenant.id), write=False) as db:
        assert [find(db, one) is not None for one in everything] == [False, False, True, False]


def test_a_file_that_is_too_large_leaves_no_row(database, tenant, blobs):
    with pytest.raises(BlobTooLarge):
        keep(database, tenant, blobs, limit=4)
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        assert db.query(StoredFile).count() == 0


def test_a_picture_has_the_type_of_its_bytes(database, tenant, blobs):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        kept = store_image(db, blobs, io.BytesIO(png(10, 10)), name="logo.svg", limit=1000)
        assert kept.media_type == "image/png"
        with pytest.raises(NotAnImage):
            store_image(db, blobs, io.BytesIO(b"<svg/>"), name="logo.png", limit=1000)
        with pytest.raises(BlobTooLarge):
            store_image(db, blobs, io.BytesIO(png(10, 10) + bytes(1000)), name="logo.png", limit=1000)


@pytest.mark.parametrize(
    ("claimed", "served"),
    [
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("application/pdf", "application/pdf"),
        ("IMAGE/PNG", "image/png"),
        ("x\r\ny: z", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_downloads_never_run_in_our_origin(database, tenant, blobs, claimed, served):
    headers = download_headers(keep(database, tenant, blobs, media_type=claimed))
    assert headers["Content-Type"] == served
    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
