"""Files that leave with a mail: their bytes in the blob store, their names made safe."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from riskportal.files.blobs import BlobMissing, BlobStore, BlobTooLarge
from riskportal.files.services import UNKNOWN_TYPE, clean_media_type, clean_name
from riskportal.mail.models import MailAttachment
from riskportal.mail.rendering import MailError

MOST = 10
# All files of a mail together. Many servers stop at 25 MB for a whole mail, of which base64 takes a quarter.
LARGEST_TOTAL = 15_000_000


@dataclass(frozen=True)
class Attachment:
    """A file to send. `name` and `media_type` are made harmless before they stand in a header."""

    name: str
    media_type: str
    data: bytes


def kept(blobs: BlobStore | None, files: Sequence[Attachment], bill_group_id: int | None) -> list[MailAttachment]:
    """Rows for the files of a bill group's mail, their bytes stored. MailError when they are too many or too large.

    The bytes are stored before the row commits: a mail that was rolled back leaves a blob that no row names,
    never the reverse.
    """
    if not files:
        return []
    if blobs is None:
        raise MailError("this mailer has no blob store to keep attachments in")
    if len(files) > MOST:
        raise MailError(f"a mail takes at most {MOST} files, not {len(files)}")
    rows, left = [], LARGEST_TOTAL
    for position, file in enumerate(files, 1):
        try:
            blob = blobs.put(io.BytesIO(file.data), limit=left)
        except BlobTooLarge:
            raise MailError(f"the files of a mail may have {LARGEST_TOTAL} bytes together") from None
        left -= blob.size
        rows.append(
            MailAttachment(
                bill_group_id=bill_group_id,
                position=position,
                name=clean_name(file.name),
                media_type=_media_type(file.media_type),
                sha256=blob.sha256,
                size=blob.size,
            )
        )
    return rows


def copied(rows: Sequence[MailAttachment]) -> list[MailAttachment]:
    """The same files for another mail; the bytes are shared."""
    return [
        MailAttachment(
            bill_group_id=row.bill_group_id,
            position=row.position,
            name=row.name,
            media_type=row.media_type,
            sha256=row.sha256,
            size=row.size,
        )
        for row in rows
    ]


def opened(blobs: BlobStore | None, rows: Sequence[MailAttachment]) -> list[Attachment]:
    """The files with their bytes; MailError when one is no longer in the store."""
    files = []
    for row in rows:
        try:
            if blobs is None:
                raise BlobMissing(row.sha256)
            with blobs.open(row.sha256) as stream:
                files.append(Attachment(row.name, row.media_type, stream.read()))
        except BlobMissing:
            raise MailError(f"the attachment {row.name!r} is no longer in the blob store") from None
    return files


def _media_type(claimed: str) -> str:
    """A type whose part may be encoded as base64: RFC 2046 forbids that for other messages and compositions."""
    media_type = clean_media_type(claimed)
    return UNKNOWN_TYPE if media_type.startswith(("message/", "multipart/")) else media_type
