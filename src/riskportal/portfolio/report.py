"""What a load did, and the proof that file and database agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from riskportal.contracts.money import Money
from riskportal.portfolio.base import ProofRow, Tally


@dataclass
class TenantReport:
    """One tenant's share."""

    tenant: str
    tallies: dict[str, Tally] = field(default_factory=dict)
    proof: list[ProofRow] = field(default_factory=list)


@dataclass
class Report:
    """A whole load. With `dry_run` nothing of it was kept."""

    dry_run: bool
    parts: list[TenantReport] = field(default_factory=list)

    @property
    def total(self) -> Tally:
        """Everything created, updated and unchanged."""
        return sum((tally for part in self.parts for tally in part.tallies.values()), Tally())

    def mismatches(self) -> list[tuple[str, ProofRow]]:
        """Figures that differ between file and database, with the tenant's name."""
        return [(part.tenant, row) for part in self.parts for row in part.proof if row.file != row.database]

    def lines(self) -> Iterator[str]:
        """The report as text: what changed, then the proof."""
        verb = "would be " if self.dry_run else ""
        for part in self.parts:
            yield part.tenant
            rows = [
                (section, str(tally.created), str(tally.updated), str(tally.unchanged))
                for section, tally in part.tallies.items()
            ]
            yield from _table(("section", f"{verb}created", f"{verb}updated", "unchanged"), rows)
            yield ""
            proof = [
                (row.section, row.measure, shown(row, row.file), shown(row, row.database), _verdict(row))
                for row in part.proof
            ]
            yield from _table(("proof", "measure", "file", "database", ""), proof, left=2)
            yield ""
        total = self.total
        yield f"{total.created} created, {total.updated} updated, {total.unchanged} unchanged" + (
            "; dry run, nothing was kept." if self.dry_run else "."
        )


def shown(row: ProofRow, figure: int) -> str:
    """A count, or an amount when the row has a currency."""
    return str(figure) if row.currency is None else str(Money(figure, row.currency))


def _verdict(row: ProofRow) -> str:
    return "ok" if row.file == row.database else "DIFFERS"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> Iterator[str]:
    """Columns two blanks apart; the first `left` of them flush left, figures flush right."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        cells = [
            text.ljust(width) if column < left else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield ("  " + "  ".join(cells)).rstrip()
