"""What one request knows of the open balance: read at most once, used by badge, home and overview."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from riskportal_billing.models import AutoPay
from riskportal_billing.services.balances import OpenSum, autopay, open_sums
from riskportal_billing.services.invoices import Listed, open_invoices

# As many dates as the line on the home page can show, and more than the attention list names.
FIRST = 12
_KEY = "riskportal.billing.summary"


class Summary:
    """Each figure costs one statement when it is first asked for."""

    def __init__(self, request: Any) -> None:
        self._db, self._today = request.db, request.today

    @cached_property
    def sums(self) -> list[OpenSum]:
        """What is open by currency."""
        return open_sums(self._db, self._today)

    @cached_property
    def first(self) -> list[Listed]:
        """The open invoices that are due first; nothing is asked when nothing is open."""
        return open_invoices(self._db, FIRST) if self.count else []

    @cached_property
    def autopay(self) -> AutoPay | None:
        """How the bill group pays by itself."""
        return autopay(self._db)

    @property
    def count(self) -> int:
        """How many invoices are open."""
        return sum(part.count for part in self.sums)

    @property
    def overdue_count(self) -> int:
        """How many of them are overdue."""
        return sum(part.overdue_count for part in self.sums)


def summary_of(request: Any) -> Summary:
    """The request's summary."""
    found: Summary = request.environ.setdefault(_KEY, None) or Summary(request)
    request.environ[_KEY] = found
    return found
