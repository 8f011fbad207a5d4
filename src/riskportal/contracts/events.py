"""What happened, told inside the transaction it happened in.

Hear one with `config.add_subscriber(function, SignedIn)`; a subscriber that raises
takes the whole transaction with it, so anything slow belongs into a job.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SignedIn:
    """A user opened a portal session. `at` is UTC; ids are database ids within the tenant."""

    tenant_id: int
    user_id: int
    at: datetime
