"""What billing and home may ask about a bill group's subscriptions (given by the services module)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from riskportal.contracts.records import RecordRef


@dataclass(frozen=True)
class Renewal:
    """The next contract renewal: the service's name and the local date it falls on."""

    name: str
    on: date
    ref: RecordRef


class ISubscriptions(Protocol):
    """Answers for the request's bill group; every figure is computed from rows."""

    def next_renewal(self) -> Renewal | None:
        """The earliest renewal of an active service on or after today."""
        ...

    def next_billing_date(self) -> date | None:
        """The earliest date on which an active service is billed again."""
        ...

    def cycles(self) -> tuple[str, ...]:
        """The billing cycles in use (`monthly`, `yearly` ...), shortest first."""
        ...
