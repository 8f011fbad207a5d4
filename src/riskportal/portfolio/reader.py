"""From bytes to JSON: exact about encoding, syntax, duplicate keys and size, before any schema is asked."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from riskportal.portfolio.base import PortfolioError, Problem

MAX_BYTES = 256 * 1024 * 1024
# Records are at most a few levels deep; anything deeper is no portfolio.
MAX_DEPTH = 30
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def at_key(path: str, key: str) -> str:
    """The JSON path of a member, e.g. `invoices[3].due_on`."""
    if not _PLAIN_KEY.match(key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key


def read_file(path: Path) -> Any:
    """The JSON value in a file; PortfolioError says what is wrong with it and where."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _error(f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB; split it into several files")
        content = path.read_bytes()
    except OSError as error:
        raise _error(f"can't read {path}: {error.strerror}") from None
    return parse(content)


def parse(content: bytes) -> Any:
    """The JSON value in UTF-8 bytes (a byte order mark is allowed)."""
    text = _decoded(content)
    # Keeps the object too: else its id could come again for another one.
    twice: dict[int, tuple[Any, list[str]]] = {}

    def member_list(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            often = Counter(key for key, _ in pairs)
            twice[id(value)] = (value, sorted(key for key, count in often.items() if count > 1))
        return value

    try:
        # Decimal keeps a number as it is written, so that a message can show it.
        value = json.loads(text, object_pairs_hook=member_list, parse_float=_exact, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _error(f"{where}: this is not JSON ({error.msg[:1].lower()}{error.msg[1:]})") from None
    except RecursionError:
        raise _error("objects and lists are nested too deeply") from None
    except PortfolioError:
        raise
    except ValueError as error:
        raise _error(f"this is not usable JSON ({error})") from None
    problems = [
        Problem(at_key(path, key), "this key stands here twice; keep one")
        for path, part in _walk(value, "", 0)
        for key in twice.get(id(part), (None, ()))[1]
    ]
    if problems:
        raise PortfolioError(problems)
    return value


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _error(
            f"line {line}: byte {error.start + 1} of the file is not UTF-8; save the file as UTF-8"
        ) from None


def _exact(number: str) -> Decimal:
    try:
        return Decimal(number)
    except InvalidOperation:
        raise _error(f"{number[:40]} is no number that can be kept") from None


def _no_constant(name: str) -> Any:
    raise _error(f"this is not JSON: {name} is no JSON number")


def _walk(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Every object with its path; PortfolioError when they are nested deeper than any record is."""
    if depth > MAX_DEPTH:
        raise PortfolioError([Problem(path, f"nested deeper than {MAX_DEPTH} levels")])
    if isinstance(value, dict):
        yield path, value
        for key, part in value.items():
            if isinstance(part, dict | list):
                yield from _walk(part, at_key(path, key), depth + 1)
    elif isinstance(value, list):
        for position, part in enumerate(value):
            if isinstance(part, dict | list):
                yield from _walk(part, f"{path}[{position}]", depth + 1)


def _error(message: str) -> PortfolioError:
    return PortfolioError([Problem("", message)])
