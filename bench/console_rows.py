"""Rows in bulk behind the console's lists: invoices, services and mails of customers that are there already."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from bench.data import insert_rows, without_triggers

# Mostly paid, every 300th open; issued over four years, due a fortnight later.
INVOICE_ROWS = """
INSERT INTO billing_invoices (public_id, tenant_id, bill_group_id, number, document_state, payment_state, issued_on,
    due_on, paid_on, currency, language, net_minor, tax_minor, total_minor, open_minor, seller, buyer, search_text,
    created_at, updated_at)
{series} SELECT {padded}, :tenant, {parent} + i % :parents, 'INV-' || (100000 + i), 'issued',
    CASE WHEN i % 300 = 0 THEN 'unpaid' ELSE 'paid' END, {issued}, {due}, {due}, 'EUR', 'en',
    10000 + i % 977, 0, 10000 + i % 977, CASE WHEN i % 300 = 0 THEN 10000 + i % 977 ELSE 0 END, {json}, {json},
    'inv-' || (100000 + i) || ' managed hosting', '2027-01-01 00:00:00+00:00', '2027-01-01 00:00:00+00:00'
    FROM {table}
"""
SERVICE_ROWS = """
INSERT INTO services_services (public_id, tenant_id, bill_group_id, product_id, name, label, state, price_minor,
    currency, cycle, registered_on, next_due_on, auto_renew, created_at, updated_at)
{series} SELECT {padded}, :tenant, {parent} + i % :parents, :product, 'Hosting ' || (i * 7919 % 1000003),
    'www.firm' || i || '.example',
    CASE WHEN i % 5000 = 0 THEN 'pending' WHEN i % 7 = 0 THEN 'cancelled' ELSE 'active' END,
    4900, 'EUR', 'monthly', {issued}, CASE WHEN i % 7 = 0 THEN NULL ELSE {due} END, {true},
    '2027-01-01 00:00:00+00:00', '2027-01-01 00:00:00+00:00' FROM {table}
"""
MAIL_ROWS = """
INSERT INTO outgoing_mails (public_id, tenant_id, bill_group_id, kind, to_address, language, sender_name,
    sender_address, message_id, subject, text, html, state, created_at, updated_at)
{series} SELECT {padded}, :tenant, {parent} + i % :parents, 'billing.invoice',
    'user' || i || '@firm' || i || '.example', 'en', 'Alder', 'portal@alder.example',
    '<bulk-' || i || '@alder.example>', 'Invoice INV-' || (100000 + i), :text, :html,
    CASE WHEN i % 2000 = 0 THEN 'failed' ELSE 'sent' END, {created}, '2027-01-01 00:00:00+00:00' FROM {table}
"""


@dataclass(frozen=True)
class Sizes:
    """How many rows of each kind the tenant has."""

    customers: int
    invoices: int
    services: int
    mails: int


def fill_lists(connection: Connection, tenant: int, first_group: int, sizes: Sizes, created: str) -> None:
    """Invoices, services and mails over the bill groups from `first_group` on; `created` spreads them in time."""
    sqlite = connection.dialect.name == "sqlite"
    without_triggers(connection, sqlite)
    product = connection.scalar(text("SELECT min(id) FROM services_products WHERE tenant_id = :t"), {"t": tenant})
    words = "Dear reader, the invoice is attached. "
    values: dict[str, Any] = {
        "tenant": tenant,
        "parents": sizes.customers,
        "product": product,
        "party": json.dumps({"name": "Bulk", "address": [], "country": "DE"}),
        "text": words * 8,
        "html": f"<p>{words * 24}</p>",
    }
    parts = {"parent": str(first_group), "created": created, "true": "1" if sqlite else "true"}
    for rows, count in ((INVOICE_ROWS, sizes.invoices), (SERVICE_ROWS, sizes.services), (MAIL_ROWS, sizes.mails)):
        insert_rows(connection, rows, 1, count, values, **parts)
