"""CPU per page against a bare page: `python -m bench.pages [--requests 300] [--rounds 5] [--large 1000000]`.

Server and database CPU per request of sign-in, home, invoice list (25 rows) and invoice detail,
against a bare Pyramid, SQLAlchemy and Jinja2 page with the same rows, on the same kind of server and
the same database. A fixed number of requests, one at a time; every answer's text is checked; the
pages take turns in every round; what is printed are medians of the rounds and their range.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from sqlalchemy.engine import URL

from bench.data import Target, fill, settings
from bench.measure import Page, Server, cpu_of, serving
from riskportal.security.cookies import SESSION
from riskportal.testing import databases, postgres

SMALL = 10_000
WARM_UP = 40
# What is compared with what, and the aim (None: no aim was set).
RATIOS = (
    ("list", "bare list", 3.0),
    ("detail", "bare detail", 3.0),
    ("home", "list", 1.5),
    ("home", "bare list", None),
    ("sign-in", "bare detail", None),
    ("list, large", "list", 1.2),
)


def main() -> None:
    """Run both databases and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", type=int, default=1_000_000, help="invoices in the tenant of the large database")
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    options = parser.parse_args()
    folder = databases.open_run()
    try:
        for name, open_database in (("sqlite", sqlite), ("postgres", server)):
            if options.only in (None, name):
                with open_database(folder) as (make_url, postmaster):
                    run(name, make_url, postmaster, folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def sqlite(folder: Path) -> Iterator[tuple[Callable[[str], URL], None]]:
    """SQLite files."""
    yield (lambda name: URL.create("sqlite", database=str(folder / f"{name}.sqlite"))), None


@contextmanager
def server(_folder: Path) -> Iterator[tuple[Callable[[str], URL], int]]:
    """A PostgreSQL server of our own."""
    place = databases.run_folder() / "pg"
    root = databases.Postgres().server()
    postmaster = int((place / "data" / "postmaster.pid").read_text().split()[0])

    def make_url(name: str) -> URL:
        with postgres.connect(root, "postgres") as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return root.set(database=name)

    try:
        yield make_url, postmaster
    finally:
        postgres.stop(place)


def run(
    name: str, make_url: Callable[[str], URL], postmaster: int | None, folder: Path, options: argparse.Namespace
) -> None:
    """Fill two databases, start three servers, measure in turns, print."""
    urls = {"small": make_url("small"), "large": make_url("large")}
    say(f"{name}: loading {SMALL:,} and {options.large:,} invoices ...")
    targets = {"small": fill(urls["small"], SMALL, folder), "large": fill(urls["large"], options.large, folder)}
    with ExitStack() as stack:
        portal = stack.enter_context(serving("portal", settings(urls["small"], folder)))
        large = stack.enter_context(serving("portal", settings(urls["large"], folder)))
        bare = stack.enter_context(serving("bare", settings(urls["small"], folder)))
        pages = pages_of(targets, portal, large, bare)
        for page in pages:
            cpu_of(page, WARM_UP, postmaster)
        rounds = []
        for _ in range(options.rounds):
            rounds.append({page.name: cpu_of(page, options.requests, postmaster) for page in pages})
    show(name, rounds, options)


def pages_of(targets: dict[str, Target], portal: Server, large: Server, bare: Server) -> list[Page]:
    """The pages, each floor beside what is compared with it."""
    small, big = targets["small"], targets["large"]
    home = f"/g/{small.group}"
    cookie, other_cookie = f"{SESSION}={small.cookie}", f"{SESSION}={big.cookie}"
    return [
        Page("bare list", bare, f"/list/{small.tenant_id}/{small.group_id}", "B-3"),
        Page("list", portal, f"{home}/billing/invoices", "B-3", cookie),
        Page("list, large", large, f"/g/{big.group}/billing/invoices", "B-3", other_cookie),
        Page("bare detail", bare, f"/detail/{small.invoice}", small.number),
        Page("detail", portal, f"{home}/billing/invoices/{small.invoice}", small.number, cookie),
        Page("home", portal, f"{home}/", "1,280.00", cookie),
        Page("sign-in", portal, "/sign-in", "E-mail address"),
    ]


def show(name: str, rounds: list[dict[str, tuple[float, float]]], options: argparse.Namespace) -> None:
    """Print milliseconds per page, then the ratios."""
    say(f"\n{name}: {options.rounds} rounds of {options.requests} requests each, one at a time")
    say(f"{'page':<14}{'server ms':>11}{'database ms':>13}{'together':>10}")
    for page in rounds[0]:
        web, data = (median(found[page][part] for found in rounds) for part in (0, 1))
        say(f"{page:<14}{web:>11.2f}{data:>13.2f}{web + data:>10.2f}")
    say(f"\n{'ratio of CPU':<28}{'median':>8}{'lowest':>8}{'highest':>9}{'aim':>7}")
    for page, floor, aim in RATIOS:
        ratios = [sum(found[page]) / sum(found[floor]) for found in rounds]
        verdict = "" if aim is None else f"{aim:>7.1f}{'  met' if median(ratios) <= aim else '  MISSED'}"
        say(f"{page + ' / ' + floor:<28}{median(ratios):>8.2f}{min(ratios):>8.2f}{max(ratios):>9.2f}{verdict}")
    say("")


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
