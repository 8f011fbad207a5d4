"""The blob store's contract, on the local disk."""

import hashlib
import io
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import riskportal
from riskportal.files.blobs import BlobMissing, BlobTooLarge, LocalBlobStore, store_from_setting

CONTENT = b"calm and precise" * 10_000


@pytest.fixture
def store(tmp_path):
    return LocalBlobStore(tmp_path / "files")


def put(store, content=CONTENT, limit=1 << 20):
    return store.put(io.BytesIO(content), limit=limit)


def all_files(tmp_path):
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_goes_in_comes_out(store):
    blob = put(store)
    assert (blob.sha256, blob.size) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    assert store.exists(blob.sha256)
    with store.open(blob.sha256) as stream:
        assert stream.read() == CONTENT


def test_twice_is_once(store, tmp_path):
    assert put(store) == put(store)
    assert len(all_files(tmp_path)) == 1


def test_the_limit_is_exact_and_leaves_nothing(store, tmp_path):
    assert put(store, b"12345", limit=5).size == 5
    with pytest.raises(BlobTooLarge):
        put(store, b"123456", limit=5)
    assert len(all_files(tmp_path)) == 1
    assert put(store, b"", limit=0).size == 0


def test_a_stream_that_breaks_leaves_nothing(store, tmp_path):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise OSError("the client went away")

    with pytest.raises(OSError, match="went away"):
        store.put(Broken(), limit=10)
    assert all_files(tmp_path) == []


@pytest.mark.parametrize(
    "address", ["", "../../etc/passwd", "0" * 63, "0" * 64 + "\n", "A" * 64, "/etc/passwd", "0" * 64]
)
def test_an_address_that_is_none_is_missing(store, address):
    put(store)
    assert not store.exists(address)
    with pytest.raises(BlobMissing):
        store.open(address)
    store.delete(address)


def test_a_damaged_blob_heals_when_it_is_stored_again(store, tmp_path):
    blob = put(store)
    (path,) = all_files(tmp_path)
    path.write_bytes(b"rot")
    put(store)
    with store.open(blob.sha256) as stream:
        assert stream.read() == CONTENT


def test_only_this_user_may_read(store, tmp_path):
    old = os.umask(0)
    try:
        put(store)
    finally:
        os.umask(old)
    root = tmp_path / "files"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in [root, *root.rglob("*")] if path.is_dir()}
    assert modes == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in all_files(root)} == {0o600}


def test_many_writers_of_one_blob(store, tmp_path):
    threads = [threading.Thread(target=put, args=(store,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.read_bytes() for path in all_files(tmp_path)] == [CONTENT]


def test_kill_9_leaves_no_half_blob(tmp_path):
    root = tmp_path / "files"
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("killed_writer.py"), root],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(riskportal.__file__).parents[1])},
    )
    with process:
        assert process.stdout.readline() == b"half\n"
        process.kill()
    (left,) = all_files(root)
    assert left.parent.name == "unfinished"
    assert not LocalBlobStore(root).exists(hashlib.sha256(left.read_bytes()).hexdigest())
    # A day later the next upload sweeps it away.
    os.utime(left, (0, 0))
    put(LocalBlobStore(root))
    assert not left.exists()


def test_check_and_settings(tmp_path):
    store = store_from_setting(f"file:{tmp_path}/kept")
    assert "files can be kept in" in store.check()
    assert all_files(tmp_path) == []
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="File exists"):
        store_from_setting(f"file:{tmp_path}/file/x").check()
    for wrong in ("", "file:", "s3:bucket", "/var/files"):
        with pytest.raises(ValueError, match="expected file:FOLDER"):
            store_from_setting(wrong)
