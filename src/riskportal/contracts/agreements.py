"""Whether a bill group has anything running that a portal would be for (answered by the services module)."""

from __future__ import annotations

from typing import Protocol


class IAgreements(Protocol):
    """Answers for any bill group that the request's session sees."""

    def has_active(self, bill_group_id: int) -> bool:
        """Whether the bill group (by database id) has a contract: a service or a project that isn't past."""
        ...

    def add_url(self, bill_group: str) -> str | None:
        """Where the reader adds one to a bill group (by public id); None when they may not."""
        ...
