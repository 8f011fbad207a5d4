"""Writes a blob slowly until it is killed: `killed_writer.py ROOT`; says "half" when half is written."""

import sys
import time
from pathlib import Path

from riskportal.files.blobs import LocalBlobStore


class Slow:
    """Half of a megabyte, then nothing for a long time."""

    def __init__(self):
        self.chunks = [b"x" * 65536] * 8

    def read(self, _size):
        if self.chunks:
            return self.chunks.pop()
        sys.stdout.write("half\n")
        sys.stdout.flush()
        time.sleep(60)
        return b""


LocalBlobStore(Path(sys.argv[1])).put(Slow(), limit=1 << 30)
