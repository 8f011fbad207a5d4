"""What an invoice comes to: pure arithmetic on exact decimals, minor units out.

Rounding happens in two places only, commercially (half away from zero): once per line net amount
(EN 16931 BT-131), and once per VAT category and rate on the sum of its lines (BR-CO-17).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from riskportal.contracts.money import exponent, round_half_up


@dataclass(frozen=True)
class LineAmount:
    """A line's net amount in minor units, and how it is taxed (`rate` in percent)."""

    net_minor: int
    category: str
    rate: Decimal


@dataclass(frozen=True)
class TaxAmount:
    """VAT of one category and rate: what it is charged on, and what it comes to, in minor units."""

    category: str
    rate: Decimal
    base_minor: int
    tax_minor: int


@dataclass(frozen=True)
class Totals:
    """Net, tax by category and rate (highest rate first), tax and total, in minor units."""

    net_minor: int
    taxes: tuple[TaxAmount, ...]

    @property
    def tax_minor(self) -> int:
        """All VAT (BT-110)."""
        return sum(tax.tax_minor for tax in self.taxes)

    @property
    def total_minor(self) -> int:
        """The amount with VAT (BT-112)."""
        return self.net_minor + self.tax_minor


def line_net(quantity: Decimal, unit_price: Decimal, currency: str) -> int:
    """Quantity times unit price (major units, as fine as you like), rounded once to minor units."""
    return round_half_up((quantity * unit_price).scaleb(exponent(currency)))


def totals_of(lines: Iterable[LineAmount]) -> Totals:
    """Sum up lines; VAT is computed on each category's and rate's sum, never line by line."""
    bases: dict[tuple[str, Decimal], int] = {}
    net = 0
    for line in lines:
        key = (line.category, line.rate)
        bases[key] = bases.get(key, 0) + line.net_minor
        net += line.net_minor
    ordered = sorted(bases.items(), key=lambda item: (-item[0][1], item[0][0]))
    taxes = tuple(TaxAmount(category, rate, base, _tax(base, rate)) for (category, rate), base in ordered)
    return Totals(net, taxes)


def _tax(base_minor: int, rate: Decimal) -> int:
    return round_half_up(Decimal(base_minor) * rate / 100)
