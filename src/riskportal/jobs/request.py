"""`request.enqueue(name, key=None, run_at=None, **payload)`: work that starts when the request commits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from riskportal.jobs import services

# The declared jobs by name (Mapping[str, Job]); the assembly puts them into the registry.
REGISTRY_KEY = "riskportal.jobs"


def includeme(config: Any) -> None:
    """Add the request method `enqueue`."""
    config.add_request_method(enqueue, "enqueue")


def enqueue(request: Any, name: str, key: str | None = None, run_at: datetime | None = None, **payload: Any) -> bool:
    """Enqueue a declared job for the request's tenant and bill group; see `services.enqueue` for `key`.

    Raises LookupError when no module declares `name`.
    """
    if name not in request.registry[REGISTRY_KEY]:
        raise LookupError(f"no job {name!r}: declare it in a module's jobs() hook")
    bill_group = getattr(request, "bill_group", None)
    return services.enqueue(
        request.db,
        name,
        payload,
        key=key,
        run_at=run_at,
        bill_group_id=bill_group.id if bill_group is not None else None,
    )
