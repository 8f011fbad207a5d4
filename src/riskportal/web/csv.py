"""CSV for spreadsheets: UTF-8 with a byte order mark, and no cell that a spreadsheet would work out.

Source: OWASP, CSV injection: a cell that begins with one of these is taken for a formula, which may start
programs and fetch addresses. An apostrophe before it makes it text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

BOM = b"\xef\xbb\xbf"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: object) -> str:
    """A value as text that stays text."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """The file piece by piece, the head first; rows are asked for as the reader takes them."""
    yield BOM + _line(head)
    for row in rows:
        yield _line(row)


def _line(row: Sequence[object]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow([cell(value) for value in row])
    return out.getvalue().encode("utf-8", "replace")
