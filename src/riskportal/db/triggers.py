"""Triggers that refuse a change, for rows that the law or our word makes unchangeable.

A migration runs `refuse_change(...)[dialect]` statement by statement. Both databases answer a
refused change with an IntegrityError whose text is the given reason. Alembic's batch mode
rebuilds a table on SQLite and loses its triggers: such a migration has to make them again.

Both databases know a delete that runs no DELETE trigger. PostgreSQL's TRUNCATE gets a trigger of
its own; for SQLite's REPLACE every connection of ours sets `recursive_triggers` (db.session).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Statements = dict[str, tuple[str, ...]]

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*\Z")

# One function for all tables; its argument is the reason.
_PG_FUNCTION = (
    "CREATE OR REPLACE FUNCTION riskportal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation'; END $$"
)


def refuse_update(
    table: str, reason: str, *, columns: Sequence[str] = (), when: str = "", name: str = "update"
) -> Statements:
    """Refuse an UPDATE that sets one of `columns` (none given: any) on rows for which `when` holds.

    `when` is SQL over OLD and NEW that both databases know. `name` tells apart several triggers of a table.
    """
    _check_names(table, name, *columns)
    event = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
    return _trigger(table, reason, event, when, name)


def refuse_delete(table: str, reason: str, *, when: str = "", name: str = "delete") -> Statements:
    """Refuse a DELETE of rows for which `when` (SQL over OLD) holds, and any TRUNCATE."""
    _check_names(table, name)
    return combine(_trigger(table, reason, "DELETE", when, name), refuse_truncate(table, reason, name=f"{name}_all"))


def refuse_truncate(table: str, reason: str, *, name: str = "truncate") -> Statements:
    """Refuse PostgreSQL's TRUNCATE, which asks no row; SQLite has none."""
    _check_names(table, name)
    trigger = (
        f"CREATE TRIGGER refuse_{table}_{name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
        f"EXECUTE FUNCTION riskportal_refuse({_quoted(reason)})"
    )
    return {"sqlite": (), "postgresql": (_PG_FUNCTION, trigger)}


def refuse_change(table: str, reason: str, *, columns: Sequence[str] = (), when: str = "") -> Statements:
    """`refuse_update` and `refuse_delete` in one: the usual case. `when` may use OLD only."""
    return combine(refuse_update(table, reason, columns=columns, when=when), refuse_delete(table, reason, when=when))


def combine(*parts: Statements) -> Statements:
    """Several results as one, each statement once and in order."""
    dialects = {dialect for part in parts for dialect in part}
    return {
        dialect: tuple(dict.fromkeys(sql for part in parts for sql in part.get(dialect, ())))
        for dialect in sorted(dialects)
    }


def _trigger(table: str, reason: str, event: str, when: str, name: str) -> Statements:
    quoted = _quoted(reason)
    trigger = f"refuse_{table}_{name}"
    condition = f" WHEN ({when})" if when else ""
    return {
        "sqlite": (
            f"CREATE TRIGGER {trigger} BEFORE {event} ON {table} FOR EACH ROW{condition} "
            f"BEGIN SELECT RAISE(ABORT, {quoted}); END",
        ),
        "postgresql": (
            _PG_FUNCTION,
            f"CREATE TRIGGER {trigger} BEFORE {event} ON {table} FOR EACH ROW{condition} "
            f"EXECUTE FUNCTION riskportal_refuse({quoted})",
        ),
    }


def _quoted(reason: str) -> str:
    return "'" + reason.replace("'", "''") + "'"


def _check_names(*names: str) -> None:
    for name in names:
        if not _IDENTIFIER.match(name):
            raise ValueError(f"not a plain SQL name: {name!r}")
