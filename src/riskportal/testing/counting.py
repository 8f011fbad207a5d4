"""Counting SQL statements, because a page that asks once per row is fast only with a test's data."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from sqlalchemy import Engine, event

# What a driver does for itself; PostgreSQL's is invisible here, so SQLite's doesn't count either.
_HOUSEKEEPING = ("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE", "ROLLBACK TO")


class StatementCounter:
    """Collects the statements that run inside the `with` block, of every engine in this process."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __enter__(self) -> StatementCounter:
        event.listen(Engine, "before_cursor_execute", self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        event.remove(Engine, "before_cursor_execute", self._note)

    def __len__(self) -> int:
        return len(self.statements)

    def __str__(self) -> str:
        return "\n".join(f"{number}. {text}" for number, text in enumerate(self.statements, 1))

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(_HOUSEKEEPING):
            self.statements.append(" ".join(statement.split()))
