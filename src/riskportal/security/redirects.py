"""Where a `next` parameter may lead: a path on this site, nothing else."""

from __future__ import annotations

import re

# One slash, then characters that no browser turns into something else: no backslash, control
# character, second slash or encoded slash at the start (WebOb and WHATWG parsers differ there).
_LOCAL_PATH = re.compile(r"/(?![/\\])(?!%2f)(?!%5c)[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*\Z", re.IGNORECASE)
MAX_PATH = 500


def local_path(value: str | None) -> str | None:
    """`value` when it is a safe path on this site, else None."""
    if not value or len(value) > MAX_PATH or not _LOCAL_PATH.match(value) or "//" in value.partition("?")[0]:
        return None
    return value
