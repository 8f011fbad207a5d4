"""The blob store port, and the store on a local disk.

Content is addressed by its SHA-256: what is stored never changes, and storing it twice is once.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_CHUNK = 1 << 16
_ABANDONED_SECONDS = 24 * 3600


class BlobTooLarge(ValueError):
    """The stream holds more bytes than allowed; nothing was stored."""


class BlobMissing(LookupError):
    """No blob has this address."""


@dataclass(frozen=True)
class Blob:
    """What was stored: its SHA-256 in lower-case hex and its size in bytes."""

    sha256: str
    size: int


class BlobStore(Protocol):
    """Where the bytes of files lie. An address that is no SHA-256 is BlobMissing, like an unknown one."""

    def put(self, stream: BinaryIO, *, limit: int) -> Blob:
        """Store at most `limit` bytes read from `stream`; BlobTooLarge when it holds more.

        When it returns, the blob survives a crash; before, it isn't visible at all.
        """
        ...

    def open(self, sha256: str) -> BinaryIO:
        """A stream of the blob's bytes; BlobMissing when there is none. The caller closes it."""
        ...

    def exists(self, sha256: str) -> bool:
        """Whether the blob is there."""
        ...

    def delete(self, sha256: str) -> None:
        """Remove the blob; one that isn't there is fine. Rows may share it: see `services`."""
        ...

    def check(self) -> str:
        """Write, read and delete a probe; returns what works, raises OSError with what doesn't."""
        ...


class LocalBlobStore:
    """Blobs as files `ab/cd/<sha256>` below a folder that only this user may read.

    A blob is written beside its place, synced, then renamed into it, so `kill -9` and a power cut
    leave either the whole blob or none.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._unfinished = root / "unfinished"

    def put(self, stream: BinaryIO, *, limit: int) -> Blob:
        """See BlobStore."""
        self._make_folder(self._unfinished)
        self._remove_abandoned()
        temporary = self._unfinished / secrets.token_hex(16)
        try:
            blob = _copy(stream, temporary, limit)
            target = self._path(blob.sha256)
            self._make_folder(target.parent)
            # Replacing an equal blob is harmless, heals a damaged one, and renews its age.
            temporary.replace(target)
            _sync_folder(target.parent)
        finally:
            temporary.unlink(missing_ok=True)
        return blob

    def open(self, sha256: str) -> BinaryIO:
        """See BlobStore."""
        try:
            return self._path(sha256).open("rb")
        except FileNotFoundError:
            raise BlobMissing(sha256) from None

    def exists(self, sha256: str) -> bool:
        """See BlobStore."""
        return bool(_SHA256.match(sha256)) and self._path(sha256).is_file()

    def delete(self, sha256: str) -> None:
        """See BlobStore."""
        if _SHA256.match(sha256):
            self._path(sha256).unlink(missing_ok=True)

    def check(self) -> str:
        """See BlobStore."""
        probe = secrets.token_bytes(32)
        blob = self.put(io.BytesIO(probe), limit=len(probe))
        with self.open(blob.sha256) as stream:
            if stream.read() != probe:
                raise OSError(f"{self._root} gives back other bytes than were written")
        self.delete(blob.sha256)
        return f"files can be kept in {self._root}"

    def _path(self, sha256: str) -> Path:
        """The place of a blob; the address is checked, so no path can lead out of the root."""
        if not _SHA256.match(sha256):
            raise BlobMissing(sha256)
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def _make_folder(self, folder: Path) -> None:
        """Create a folder and its parents up to the root, durable and private."""
        if folder.is_dir():
            return
        if folder != self._root:
            self._make_folder(folder.parent)
        else:
            folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)

    def _remove_abandoned(self) -> None:
        """Delete what processes that died have left; nobody writes to one file for a day."""
        long_ago = time.time() - _ABANDONED_SECONDS
        for left in self._unfinished.iterdir():
            try:
                if left.stat().st_mtime < long_ago:
                    left.unlink()
            except FileNotFoundError:  # another process was faster
                continue


def store_from_setting(value: str) -> BlobStore:
    """The store that setting `riskportal.files` names; ValueError says what was expected."""
    kind, _, place = value.partition(":")
    if kind != "file" or not place:
        raise ValueError(f"expected file:FOLDER, not {value!r}")
    return LocalBlobStore(Path(place).absolute())


def _copy(stream: BinaryIO, target: Path, limit: int) -> Blob:
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise BlobTooLarge(f"more than {limit} bytes")
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return Blob(digest.hexdigest(), size)


def _sync_folder(folder: Path) -> None:
    """Make a rename in the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
