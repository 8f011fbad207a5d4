"""What deciding permissions costs a request: `python -m bench.access [--decisions 2000] [--rounds 5]`.

A tenant with 10,000 access rules; a user with 200 grants by e-mail rules, domain rules and memberships. A
decision is `grant_for` and `granted_permissions` in a session of its own, as every request of the portal has
it; its one statement also loads the bill group and the customer that every page shows. Beside it, in the same
rounds: loading those two alone, without deciding anything, and as the floor one bare select of the bill group by
its public id, by an ORM session without guard over the same table. CPU of this process and of the database
server; medians of the rounds. What each turn answers is checked.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

from sqlalchemy import String, bindparam, create_engine, select
from sqlalchemy.engine import URL
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, contains_eager, mapped_column, sessionmaker

from bench.access_data import USER, Target, fill
from bench.data import settings
from bench.measure import TICK_MS, database_ticks
from bench.pages import say, server, sqlite
from riskportal.app import Portal
from riskportal.clock import FixedClock
from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope, set_scope
from riskportal.identity.access import grant_for
from riskportal.security.contexts import granted_permissions
from riskportal.tenancy.models import Tenant
from riskportal.testing import databases
from riskportal.testing.counting import StatementCounter
from riskportal.testing.fixtures import NOW

AIM_STATEMENTS, AIM_MS = 2, 0.3


class Bare(DeclarativeBase):
    """The floor's own mapping."""


class Group(Bare):
    __tablename__ = "bill_groups"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20))
    tenant_id: Mapped[int]
    name: Mapped[str]
    state: Mapped[str]


@dataclass
class Cost:
    """Milliseconds of CPU per turn, of this process and of the database server."""

    own: list[float]
    database: list[float]

    def together(self) -> list[float]:
        return [a + b for a, b in zip(self.own, self.database, strict=True)]


def main() -> None:
    """Run both databases and print what a decision costs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decisions", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    options = parser.parse_args()
    folder = databases.open_run()
    try:
        for name, open_database in (("sqlite", sqlite), ("postgres", server)):
            if options.only in (None, name):
                with open_database(folder) as (make_url, postmaster):
                    run(name, make_url("access"), postmaster, folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(name: str, url: URL, postmaster: int | None, folder: Path, options: argparse.Namespace) -> None:
    """Fill one database, measure in turns, print."""
    portal = Portal.build(settings(url, folder), FixedClock(NOW))
    target = fill(portal)
    decision = in_sessions(portal, target, decide)
    decision(target.groups[:1])
    with StatementCounter() as sql:
        decision(target.groups[:1])
    # Every request reads its tenant before, and is not counted here.
    statements = len(sql) - 1
    works = {"decision": decision, "loading": in_sessions(portal, target, load), "floor": bare(url)}
    costs = {name: Cost([], []) for name in works}
    turns = [target.groups[i % len(target.groups)] for i in range(options.decisions)]
    for work in works.values():
        work(turns[:200])
    for _ in range(options.rounds):
        for cost, work in zip(costs.values(), works.values(), strict=True):
            measure(cost, work, turns, postmaster)
    show(name, statements, costs, options)
    portal.database.dispose()


Work = Callable[[Sequence[tuple[str, int]]], int]
Act = Callable[[Session, Any, str, int], bool]


def in_sessions(portal: Portal, target: Target, act: Act) -> Work:
    """Acts on each bill group in a session of its own; returns the CPU nanoseconds of acting alone.

    Each session commits as requests do: after a rollback psycopg forgets what it has prepared.
    """

    def work(groups: Sequence[tuple[str, int]]) -> int:
        spent = 0
        for public_id, expected in groups:
            with portal.database.new_session(write=False) as db:
                set_scope(db, Scope.tenant(target.tenant_id))
                config = portal.configs.get(db, db.get_one(Tenant, target.tenant_id))
                request: Any = SimpleNamespace(tenant_config=config, registry=SimpleNamespace(portal=portal))
                begun = time.thread_time_ns()
                found = act(db, request, public_id, expected)
                spent += time.thread_time_ns() - begun
                db.commit()
            if not found:
                raise SystemExit(f"{public_id}: another answer than expected")
        return spent

    return work


def decide(db: Session, request: Any, public_id: str, expected: int) -> bool:
    """Whether as many permissions are found as expected."""
    grant = grant_for(db, USER, public_id, NOW)
    permissions = granted_permissions(request, grant) if grant else frozenset()
    return len(permissions) == expected


_LOADED = (
    select(BillGroup)
    .join(BillGroup.customer)
    .options(contains_eager(BillGroup.customer))
    .where(BillGroup.public_id == bindparam("wanted"))
)


def load(db: Session, _request: Any, public_id: str, _expected: int) -> bool:
    """Loads bill group and customer, as a page would have to if there were nothing to decide."""
    return db.scalars(_LOADED, {"wanted": public_id}).one().public_id == public_id


def bare(url: URL) -> Work:
    """Selects each bill group by its public id, without guard; the connection is there already as well."""
    engine = create_engine(url)
    sessions = sessionmaker(bind=engine)
    statement = select(Group)

    def work(groups: Sequence[tuple[str, int]]) -> int:
        spent = 0
        for public_id, _expected in groups:
            with sessions() as db:
                db.connection()
                begun = time.thread_time_ns()
                found = db.scalars(statement.where(Group.public_id == public_id)).one()
                spent += time.thread_time_ns() - begun
                if found.public_id != public_id:
                    raise SystemExit("the floor answers something else")
                db.commit()
        return spent

    return work


def measure(cost: Cost, work: Work, turns: Sequence[tuple[str, int]], postmaster: int | None) -> None:
    """One round. The database's CPU covers all of a turn's statements, so it is an upper bound."""
    before = database_ticks(postmaster)
    spent = work(turns)
    cost.own.append(spent / 1e6 / len(turns))
    cost.database.append((database_ticks(postmaster) - before) * TICK_MS / len(turns))


def show(name: str, statements: int, costs: dict[str, Cost], options: argparse.Namespace) -> None:
    """Print milliseconds, the ratio to the floor, and whether the aims are met."""
    say(f"\n{name}: {options.rounds} rounds of {options.decisions} decisions, one at a time")
    say(f"{'':<12}{'own CPU ms':>12}{'database ms':>13}{'together':>10}{'lowest':>9}{'highest':>9}")
    for what, cost in costs.items():
        total = cost.together()
        say(
            f"{what:<12}{median(cost.own):>12.3f}{median(cost.database):>13.3f}{median(total):>10.3f}"
            f"{min(total):>9.3f}{max(total):>9.3f}"
        )
    for other in ("loading", "floor"):
        ratios = [a / b for a, b in zip(costs["decision"].own, costs[other].own, strict=True)]
        say(f"decision / {other}, own CPU: {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    spent = median(costs["decision"].own)
    say(f"statements: {statements}, aim {AIM_STATEMENTS}: {'met' if statements <= AIM_STATEMENTS else 'MISSED'}")
    say(f"CPU: {spent:.3f} ms, aim {AIM_MS}: {'met' if spent <= AIM_MS else 'MISSED'}")


if __name__ == "__main__":
    main()
