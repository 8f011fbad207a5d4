"""Storing, finding and handing out files."""

from __future__ import annotations

import io
import re
import unicodedata
from typing import BinaryIO, Protocol
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.files.blobs import BlobStore
from riskportal.files.images import inspect_image
from riskportal.files.models import StoredFile

LONGEST_NAME = 150
UNKNOWN_TYPE = "application/octet-stream"
# Types that no browser runs as a page of ours, even if it ignored the other headers.
PASSIVE_TYPES = frozenset(
    ("application/pdf", "application/zip", "image/jpeg", "image/png", "image/webp", "text/csv", "text/plain")
)

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,49}/[a-z0-9][a-z0-9.+-]{0,48}\Z")


def store(
    db: Session,
    blobs: BlobStore,
    stream: BinaryIO,
    *,
    name: str,
    media_type: str,
    limit: int,
    bill_group_id: int | None = None,
) -> StoredFile:
    """Keep at most `limit` bytes of a stream as a file; BlobTooLarge when it holds more.

    `name` and `media_type` are the uploader's claims and are made harmless. The bytes are stored
    before the row commits: a rolled back upload leaves a blob that no row names, never the reverse.
    """
    blob = blobs.put(stream, limit=limit)
    row = StoredFile(
        bill_group_id=bill_group_id,
        sha256=blob.sha256,
        size=blob.size,
        media_type=clean_media_type(media_type),
        name=clean_name(name),
    )
    db.add(row)
    return row


def store_image(
    db: Session,
    blobs: BlobStore,
    stream: BinaryIO,
    *,
    name: str,
    limit: int,
    bill_group_id: int | None = None,
) -> StoredFile:
    """`store` for a PNG, JPEG or WebP picture, whatever it claims to be; NotAnImage for anything else."""
    # One byte more than allowed, so that the store notices a stream that is too long.
    data = stream.read(limit + 1)
    image = inspect_image(data)
    return store(
        db,
        blobs,
        io.BytesIO(data),
        name=name,
        media_type=image.media_type,
        limit=limit,
        bill_group_id=bill_group_id,
    )


def find(db: Session, public_id: str) -> StoredFile | None:
    """The file, or None when the session may not see it. A portal session sees its bill group's files only."""
    return db.scalars(select(StoredFile).where(StoredFile.public_id == public_id)).one_or_none()


def clean_media_type(claimed: str) -> str:
    """The claimed type without its parameters; application/octet-stream for what is no type."""
    media_type = claimed.partition(";")[0].strip().lower()
    return media_type if _MEDIA_TYPE.match(media_type) else UNKNOWN_TYPE


def clean_name(name: str) -> str:
    """A file name without folders, control and direction characters, at most 150 characters, never empty.

    The ending survives the cut. Direction characters could make "cod.exe" read as "exe.doc".
    """
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    name = " ".join(name.split()).strip(". ")
    if len(name) > LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        tail = dot + ending if stem and len(ending) <= 10 else ""
        name = name[: LONGEST_NAME - len(tail)] + tail
    return name or "file"


def content_disposition(name: str, *, inline: bool = False) -> str:
    """The header value by RFC 6266: an ASCII name for old clients and the real one in UTF-8 (RFC 8187)."""
    name = clean_name(name)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r'["\\%]', "_", plain).strip() or "file"
    kind = "inline" if inline else "attachment"
    value = f'{kind}; filename="{plain}"'
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(name, safe='')}"


class Downloadable(Protocol):
    """A file with a name, a claimed media type and a size in bytes: a StoredFile, an attachment of a mail."""

    @property
    def name(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def size(self) -> int: ...


def download_headers(file: Downloadable) -> dict[str, str]:
    """Headers under which an upload may leave our origin: always a download, never a page that runs."""
    return {
        "Content-Type": file.media_type if file.media_type in PASSIVE_TYPES else UNKNOWN_TYPE,
        "Content-Length": str(file.size),
        "Content-Disposition": content_disposition(file.name),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
