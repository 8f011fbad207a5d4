"""Data of a size: the demo, 109 more invoices for its customer, and the rest of the tenant in bulk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.engine import URL

from riskportal.app import Portal
from riskportal.cli.demo import prepare
from riskportal.cli.serving import Address
from riskportal.clock import FixedClock
from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.identity.models import User
from riskportal.identity.sessions import open_session
from riskportal.testing.fixtures import NOW

CUSTOMER = "mara@northwind.example"
OWN = 109
GROUPS = 400
SETTINGS = {
    "riskportal.plugins": "services billing",
    "riskportal.environment": "development",
    "riskportal.clock": NOW.isoformat(),
    "riskportal.secret": "a-secret-of-the-benchmark-0123456789abcdef",
}

# What differs between the two databases: a series of numbers, padding, and going back in days.
DIALECTS = {
    "sqlite": {
        "series": "WITH RECURSIVE s(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM s WHERE i < {last})",
        "table": "s",
        "padded": "substr('00000000000000000000' || i, -20)",
        "issued": "date('2027-04-01', '-' || (i % 1500) || ' days')",
        "due": "date('2027-04-15', '-' || (i % 1500) || ' days')",
        "json": ":party",
    },
    "postgresql": {
        "series": "",
        "table": "generate_series({first}, {last}) AS s(i)",
        "padded": "lpad(i::text, 20, '0')",
        "issued": "date '2027-04-01' - (i % 1500)::int",
        "due": "date '2027-04-15' - (i % 1500)::int",
        "json": "cast(:party AS json)",
    },
}
GROUP_ROWS = """
INSERT INTO bill_groups (public_id, tenant_id, customer_id, name, state, currency, language, portal_enabled,
                         portal_token, search_text, created_at, updated_at)
{series} SELECT {padded}, :tenant, :customer, 'Bulk ' || i, 'active', 'EUR', 'en', {true}, 'bulk-' || i, 'bulk ' || i,
                '2027-01-01 00:00:00+00:00', '2027-01-01 00:00:00+00:00' FROM {table}
"""
INVOICE_ROWS = """
INSERT INTO billing_invoices (public_id, tenant_id, bill_group_id, number, document_state, payment_state, issued_on,
    due_on, paid_on, currency, language, net_minor, tax_minor, total_minor, open_minor, seller, buyer, search_text,
    created_at, updated_at)
{series} SELECT {padded}, :tenant, {group}, 'B-' || i, 'issued', 'paid', {issued}, {due}, {due}, 'EUR', 'en',
    10000 + i % 977, 0, 10000 + i % 977, 0, {json}, {json}, 'b-' || i || ' managed hosting',
    '2027-01-01 00:00:00+00:00', '2027-01-01 00:00:00+00:00' FROM {table}
"""
LINE_ROWS = """
INSERT INTO billing_invoice_lines (tenant_id, bill_group_id, invoice_id, position, title, quantity, unit_price,
    net_minor, tax_category, tax_rate)
SELECT tenant_id, bill_group_id, id, 1, 'Managed hosting', '1', '100', net_minor, 'S', '0'
FROM billing_invoices WHERE number LIKE 'B-%'
"""


@dataclass(frozen=True)
class Target:
    """The tenant, the customer's bill group, one of its invoices, and a session's cookie."""

    tenant_id: int
    group: str
    group_id: int
    invoice: str
    number: str
    cookie: str


def fill(url: URL, invoices: int, folder: Path) -> Target:
    """The demo plus bulk, `invoices` in the whole tenant; the database must be empty."""
    portal = Portal.build(settings(url, folder), FixedClock(NOW))
    prepare(portal, Address("127.0.0.1", 80))
    with portal.database.session(Scope.system_wide("benchmark")) as db:
        user = db.scalars(select(User).where(User.email == CUSTOMER).order_by(User.tenant_id).limit(1)).one()
        group = db.scalars(
            select(BillGroup).where(BillGroup.tenant_id == user.tenant_id, BillGroup.name == "Main account")
        ).one()
    with portal.database.session(Scope.tenant_wide(user.tenant_id)) as db:
        _row, token = open_session(db, user, "portal", NOW, portal.session_lifetime, None, "benchmark")
    with portal.database.engine.begin() as connection:
        _bulk(connection, user.tenant_id, group, invoices)
        number = "B-1"
        public_id = connection.scalar(text("SELECT public_id FROM billing_invoices WHERE number = :n"), {"n": number})
    if url.get_backend_name() == "postgresql":
        with portal.database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    portal.database.dispose()
    return Target(user.tenant_id, group.public_id, group.id, str(public_id), number, token)


def settings(url: URL, folder: Path) -> dict[str, str]:
    """The ini values of a benchmarked portal."""
    return {
        **SETTINGS,
        "riskportal.database": url.render_as_string(hide_password=False),
        "riskportal.mail": f"file:{folder / 'mail'}",
        "riskportal.files": f"file:{folder / 'files'}",
    }


def _bulk(connection: Connection, tenant: int, group: BillGroup, invoices: int) -> None:
    sqlite = connection.dialect.name == "sqlite"
    without_triggers(connection, sqlite)
    party = json.dumps({"name": "Bulk", "address": [], "country": "DE"})
    values: dict[str, Any] = {"tenant": tenant, "customer": group.customer_id, "party": party}
    insert_rows(connection, GROUP_ROWS, 1, GROUPS, values, true="1" if sqlite else "true")
    first_group = connection.scalar(text("SELECT min(id) FROM bill_groups WHERE name = 'Bulk 1'"))
    insert_rows(connection, INVOICE_ROWS, 1, OWN, values, group=str(group.id))
    insert_rows(connection, INVOICE_ROWS, OWN + 1, invoices, values, group=f"{first_group} + i % {GROUPS}")
    connection.execute(text(LINE_ROWS))


def insert_rows(
    connection: Connection, rows: str, first: int, last: int, values: dict[str, Any], **parts: str
) -> None:
    """Run an INSERT of rows `first` to `last` with what differs between the databases filled in."""
    words = {name: part.format(first=first, last=last) for name, part in DIALECTS[connection.dialect.name].items()}
    statement = text(rows.format(**words, **parts))
    connection.execute(statement, {name: values[name] for name in statement.compile().params})


def without_triggers(connection: Connection, sqlite: bool) -> None:
    """Bulk rows are written as issued at once, which the triggers rightly refuse; reading doesn't need them."""
    if not sqlite:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        connection.execute(text(f"DROP TRIGGER {name}"))
