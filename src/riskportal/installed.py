"""Which module packages this installation carries, enabled or not."""

from __future__ import annotations

import contextlib
import pkgutil
from importlib.metadata import PackageNotFoundError, distribution

OWN_PREFIX = "riskportal_"


def own_packages() -> list[str]:
    """The modules that come with riskportal, as package names, e.g. `riskportal_billing`.

    An editable installation shows its packages only in its metadata, a checkout on the path only by
    its folders: both are asked.
    """
    names = {found.name for found in pkgutil.iter_modules() if found.ispkg}
    with contextlib.suppress(PackageNotFoundError):
        names |= set((distribution("riskportal").read_text("top_level.txt") or "").split())
    return sorted(name for name in names if name.startswith(OWN_PREFIX))
