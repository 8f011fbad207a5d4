"""The staff console with 100,000 customers, 300,000 invoices, 200,000 services and 100,000 mails:
`python -m bench.console [--requests 200] [--rounds 5]`.

Server and database CPU per request of the list of customers (first page, page 1000, by other orders,
filtered), of the desks of invoices and services, of mails and users, of the search, of a customer's page and of
the staff's home, against a bare Pyramid,
SQLAlchemy and Jinja2 page that lists 25 of the same customers. A fixed number of requests, one at a
time; every answer's text is checked; the pages take turns in every round; what is printed are medians of
the rounds and their range.
"""

from __future__ import annotations

import argparse
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.engine import URL

from bench.console_rows import Sizes, fill_lists
from bench.data import CUSTOMER, insert_rows, settings
from bench.measure import Page, Server, cpu_of, serving
from bench.pages import WARM_UP, say, server, sqlite
from riskportal.app import Portal
from riskportal.cli.demo import prepare
from riskportal.cli.serving import Address
from riskportal.clock import FixedClock
from riskportal.customers.lists import CUSTOMER_ORDERS
from riskportal.customers.models import Customer
from riskportal.db.guard import Scope
from riskportal.db.keyset import turn
from riskportal.identity.models import StaffMember, User
from riskportal.identity.sessions import open_session
from riskportal.security.cookies import STAFF
from riskportal.testing import databases
from riskportal.testing.fixtures import NOW

# So many rows stand before the far page: it is the thousandth of 25.
FAR = 24_975
CUSTOMER_ROWS = """
INSERT INTO customers (public_id, tenant_id, number, name, legal_name, search_text, sort_name, created_at, updated_at)
{series} SELECT {padded}, :tenant, 'B' || i, 'Firm ' || (i * 7919 % 1000003), 'Firm ' || i || ' GmbH',
    'firm ' || (i * 7919 % 1000003) || ' firm ' || i || ' gmbh b' || i, 'firm ' || (i * 7919 % 1000003),
    {created}, '2027-01-01 00:00:00+00:00' FROM {table}
"""
GROUP_ROWS = """
INSERT INTO bill_groups (public_id, tenant_id, customer_id, name, state, currency, language, portal_enabled,
                         portal_token, search_text, created_at, updated_at)
{series} SELECT {padded}, :tenant, {parent} + i - 1, 'Main ' || i, 'active', 'EUR', 'en', {true}, 'bulk-' || i,
    'main ' || i, '2027-01-01 00:00:00+00:00', '2027-01-01 00:00:00+00:00' FROM {table}
"""
USER_ROWS = """
INSERT INTO users (public_id, tenant_id, email, name, created_at, updated_at)
{series} SELECT {padded}, :tenant, 'user' || i || '@firm' || i || '.example', 'Person ' || i,
    {created}, '2027-01-01 00:00:00+00:00' FROM {table}
"""
# Somebody's login is off now and then.
DISABLED = "UPDATE users SET disabled_at = updated_at WHERE id % 5000 = 0"
# Loaded in bulk at a few moments, as an import does: ties by the thousand.
CREATED = {
    "sqlite": "datetime('2027-01-01', '+' || (i % 12) || ' days') || '.000000'",
    "postgresql": "timestamptz '2027-01-01' + (i % 12) * interval '1 day'",
}
# Lists in other ways than their own; whatever an index serves costs what the list costs. Words read all rows.
INVOICES = {
    "by due": 1.2,
    "by due, falling": 1.2,
    "by number": 1.2,
    "cancelled": 1.2,
    "a number": None,
    "no hit": None,
}
SERVICES = {
    "by due": 1.2, "by due, falling": 1.2, "by date": 1.2, "pending, by due": 1.2, "a word": None, "no hit": None,
}  # fmt: skip
MAILS = {"failed": None, "a word": None, "no hit": None}
USERS = {"active": 1.2, "disabled": 1.2, "staff": 1.2}
RATIOS = (
    ("list", "bare list", None),
    ("list, page 1000", "list", 1.2),
    ("by date", "list", 1.2),
    ("by date, page 1000", "list", 1.2),
    ("by number, falling", "list", 1.2),
    ("a word, many hits", "list", None),
    ("a word, no hit", "list", None),
    ("search, a number", "bare list", None),
    ("search, a word", "bare list", None),
    ("customer", "bare list", None),
    ("home", "bare list", None),
    *((page, "bare list", None) for page in ("invoices", "services", "mails", "users")),
    *((f"invoices, {how}", "invoices", aim) for how, aim in INVOICES.items()),
    *((f"services, {how}", "services", aim) for how, aim in SERVICES.items()),
    *((f"mails, {how}", "mails", aim) for how, aim in MAILS.items()),
    *((f"users, {how}", "users", aim) for how, aim in USERS.items()),
    ("search, an invoice", "bare list", None),
    ("search, an invoice's beginning", "bare list", None),
    ("search, nothing", "bare list", None),
)


MANY = "1 to 25 of more than 1,000"
# Further pages: their addresses below /staff and what stands on them.
LISTS = {
    "invoices": ("billing", MANY),
    "invoices, by due": ("billing?sort=due", MANY),
    "invoices, by due, falling": ("billing?sort=-due", MANY),
    "invoices, by number": ("billing?sort=-number", MANY),
    "invoices, cancelled": ("billing?state=cancelled", "Invoices"),
    "invoices, a number": ("billing?q=INV-234567", "INV-234567"),
    "invoices, no hit": ("billing?q=none9", "Nothing matches"),
    "services": ("services", MANY),
    "services, by due": ("services?sort=due", MANY),
    "services, by due, falling": ("services?sort=-due", MANY),
    "services, by date": ("services?sort=-registered", MANY),
    "services, pending, by due": ("services?show=pending&sort=due", "1 to 25"),
    "services, a word": ("services?q=firm7777.", "firm7777."),
    "services, no hit": ("services?q=nobodyhasit", "Nothing matches"),
    "mails": ("emails", MANY),
    "mails, failed": ("emails?state=failed", "1 to 25"),
    "mails, a word": ("emails?q=INV-177777", "INV-177777"),
    "mails, no hit": ("emails?q=nobodygotit", "Nothing matches"),
    "users": ("users", MANY),
    "users, active": ("users?state=active", MANY),
    "users, disabled": ("users?state=disabled", "1 to"),
    "users, staff": ("users?state=staff", "benchmark@"),
    "search, an invoice": ("search?q=INV-234567", "INV-234567"),
    "search, an invoice's beginning": ("search?q=INV-23456", "INV-234567"),
    "search, nothing": ("search?q=nothing9", "9"),
}


@dataclass(frozen=True)
class Target:
    """The tenant, a customer in the middle, a staff session's cookie, and cursors of the far pages."""

    tenant_id: int
    customer: str
    cookie: str
    far_by_name: str
    far_by_date: str


def main() -> None:
    """Run both databases and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--invoices", type=int, default=300_000)
    parser.add_argument("--services", type=int, default=200_000)
    parser.add_argument("--mails", type=int, default=100_000)
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    options = parser.parse_args()
    folder = databases.open_run()
    try:
        for name, open_database in (("sqlite", sqlite), ("postgres", server)):
            if options.only in (None, name):
                with open_database(folder) as (make_url, postmaster):
                    run(name, make_url("console"), postmaster, folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(name: str, url: URL, postmaster: int | None, folder: Path, options: argparse.Namespace) -> None:
    """Fill a database, start two servers, measure in turns, print."""
    sizes = Sizes(options.customers, options.invoices, options.services, options.mails)
    say(f"{name}: loading {', '.join(f'{count:,} {what}' for what, count in vars(sizes).items())} ...")
    target = fill(url, sizes, folder)
    with ExitStack() as stack:
        portal = stack.enter_context(serving("portal", settings(url, folder)))
        bare = stack.enter_context(serving("bare", settings(url, folder)))
        pages = pages_of(target, portal, bare)
        for page in pages:
            cpu_of(page, WARM_UP, postmaster)
        rounds = [
            {page.name: cpu_of(page, options.requests, postmaster) for page in pages} for _ in range(options.rounds)
        ]
    show(name, rounds, options)


def fill(url: URL, sizes: Sizes, folder: Path) -> Target:
    """The demo plus bulk; the database must be empty."""
    portal = Portal.build(settings(url, folder), FixedClock(NOW))
    prepare(portal, Address("127.0.0.1", 80))
    with portal.database.session(Scope.system_wide("benchmark")) as db:
        tenant = db.scalars(select(User.tenant_id).where(User.email == CUSTOMER).order_by(User.tenant_id)).first()
    assert tenant is not None
    with portal.database.engine.begin() as connection:
        _bulk(connection, tenant, sizes)
    if url.get_backend_name() == "postgresql":
        with portal.database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    with portal.database.session(Scope.tenant_wide(tenant)) as db:
        user = User(email="benchmark@staff.example", name="Sam")
        db.add(user)
        db.flush()
        db.add(StaffMember(user_id=user.id, role="owner"))
        _row, token = open_session(db, user, "staff", NOW, portal.session_lifetime, None, "benchmark")
        middle = db.scalars(select(Customer.public_id).where(Customer.number == f"B{sizes.customers // 2}")).one()
        far = {
            name: turn(db, select(Customer), CUSTOMER_ORDERS[name], None, FAR).after or ""
            for name in ("name", "created")
        }
    portal.database.dispose()
    return Target(tenant, middle, token, far["name"], far["created"])


def _bulk(connection: Connection, tenant: int, sizes: Sizes) -> None:
    kind = connection.dialect.name
    values: dict[str, Any] = {"tenant": tenant}
    insert_rows(connection, CUSTOMER_ROWS, 1, sizes.customers, values, created=CREATED[kind])
    first = connection.scalar(text("SELECT id FROM customers WHERE number = 'B1'"))
    true = "1" if kind == "sqlite" else "true"
    insert_rows(connection, GROUP_ROWS, 1, sizes.customers, values, parent=str(first), true=true)
    insert_rows(connection, USER_ROWS, 1, sizes.customers, values, created=CREATED[kind])
    connection.execute(text(DISABLED))
    group = connection.scalar(text("SELECT id FROM bill_groups WHERE name = 'Main 1'"))
    fill_lists(connection, tenant, int(str(group)), sizes, CREATED[kind])


def pages_of(target: Target, portal: Server, bare: Server) -> list[Page]:
    """The pages and the floor."""
    cookie, path = f"{STAFF}={target.cookie}", "/staff/customers"

    def page(name: str, query: str, expect: str) -> Page:
        return Page(name, portal, f"{path}{query}", expect, cookie)

    return [
        Page("bare list", bare, f"/customers/{target.tenant_id}", "Firm "),
        page("list", "", "1 to 25 of more than 1,000"),
        page("list, page 1000", f"?at={target.far_by_name}", "24,976 to 25,000"),
        page("by date", "?sort=-created", "1 to 25"),
        page("by date, page 1000", f"?sort=created&at={target.far_by_date}", "24,976 to 25,000"),
        page("by number, falling", "?sort=-number", "B99"),
        page("a word, many hits", "?q=gmbh", "1 to 25 of more than 1,000"),
        page("a word, no hit", "?q=nobodyiscalledso", "Nothing matches"),
        Page("search, a number", portal, "/staff/search?q=B4711", "B4711", cookie),
        Page("search, a word", portal, "/staff/search?q=person+4711", "user4711@", cookie),
        Page("customer", portal, f"{path}/{target.customer}", "Main ", cookie),
        Page("home", portal, "/staff", "Work waiting", cookie),
        *(Page(name, portal, f"/staff/{path}", expect, cookie) for name, (path, expect) in LISTS.items()),
    ]


def show(name: str, rounds: list[dict[str, tuple[float, float]]], options: argparse.Namespace) -> None:
    """Print milliseconds per page, then the ratios."""
    say(f"\n{name}: {options.customers:,} customers, {options.rounds} rounds of {options.requests} requests each")
    say(f"{'page':<32}{'server ms':>11}{'database ms':>13}{'together':>10}")
    for page in rounds[0]:
        web, data = (median(found[page][part] for found in rounds) for part in (0, 1))
        say(f"{page:<32}{web:>11.2f}{data:>13.2f}{web + data:>10.2f}")
    say(f"\n{'ratio of CPU':<44}{'median':>8}{'lowest':>8}{'highest':>9}{'aim':>7}")
    for page, floor, aim in RATIOS:
        ratios = [sum(found[page]) / sum(found[floor]) for found in rounds]
        verdict = "" if aim is None else f"{aim:>7.1f}{'  met' if median(ratios) <= aim else '  MISSED'}"
        say(f"{page + ' / ' + floor:<44}{median(ratios):>8.2f}{min(ratios):>8.2f}{max(ratios):>9.2f}{verdict}")
    say("")


if __name__ == "__main__":
    main()
