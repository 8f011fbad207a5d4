"""Where a `next` parameter may lead: a path on this site, nothing else."""

from __future__ import annotations

import re

# Our own addresses need no percent signs, backslashes or second slashes in their path; without them no
# parser (WebOb, WHATWG, a proxy) can read another site or a control character into the value.
_LOCAL_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~!$&'()*+,;=:@/-]*(\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?\Z")
MAX_PATH = 500


def local_path(value: str | None) -> str | None:
    """`value` when it is a safe path on this site, else None."""
    if not value or len(value) > MAX_PATH or not _LOCAL_PATH.match(value) or "//" in value.partition("?")[0]:
        return None
    return value
