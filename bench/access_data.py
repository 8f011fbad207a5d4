"""A tenant with many access rules, and one user whom many of them let in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, text

from riskportal.app import Portal
from riskportal.customers.models import BillGroup, Customer
from riskportal.db.guard import Scope
from riskportal.db.migrate import upgrade
from riskportal.identity.models import AccessRule, Membership
from riskportal.plug.declarations import PORTAL_ROLES
from riskportal.tenancy.models import Tenant
from riskportal.testing.fixtures import NOW

USER = "ada@studio.example"
CUSTOMERS, GROUPS, RULES = 1_000, 5_000, 10_000
# The user's grants, by what gives them.
BY_EMAIL, BY_DOMAIN, BY_ROLE, BY_PERMISSIONS, REVOKED = 90, 60, 25, 20, 5
TIMES = {"created_at": NOW, "updated_at": NOW}


@dataclass(frozen=True)
class Target:
    """The tenant, and the user's bill groups: public id, and how many permissions the user holds there."""

    tenant_id: int
    groups: list[tuple[str, int]]


def fill(portal: Portal) -> Target:
    """Tables and rows; the database must be empty."""
    upgrade(portal.database.url)
    with portal.database.session(Scope.system_wide("benchmark")) as db:
        tenant = Tenant(
            name="Bench", legal_name="Bench Ltd", base_url="http://bench.test", sender_name="Bench",
            sender_address="bench@bench.test", country="DE", time_zone="Europe/Berlin", currency="EUR",
            languages=["en"],
        )  # fmt: skip
        db.add(tenant)
    with portal.database.engine.begin() as connection:
        groups = _rows(connection, tenant.id)
    if portal.database.url.get_backend_name() == "postgresql":
        with portal.database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    return Target(tenant.id, _expected(portal, tenant.id, groups))


def _rows(connection: Connection, tenant_id: int) -> list[str]:
    """Customers, bill groups, rules and memberships; returns the public ids of the bill groups in order."""
    own: dict[str, Any] = {"tenant_id": tenant_id, **TIMES}
    names = [f"{number:020d}" for number in range(GROUPS)]
    connection.execute(
        insert(Customer.__table__),
        [
            own | {"public_id": f"{n:020d}", "number": f"C-{n}", "name": f"C {n}", "legal_name": f"C {n}"}
            | {"search_text": f"c {n}"}
            for n in range(CUSTOMERS)
        ],
    )  # fmt: skip
    first = connection.scalar(text("SELECT min(id) FROM customers"))
    connection.execute(
        insert(BillGroup.__table__),
        [
            own | {"public_id": name, "customer_id": first + n % CUSTOMERS, "name": f"Group {n}", "state": "active"}
            | {"currency": "EUR", "language": "en", "portal_enabled": True, "portal_token": name, "search_text": ""}
            for n, name in enumerate(names)
        ],
    )  # fmt: skip
    ids = [row[0] for row in connection.execute(text("SELECT id FROM bill_groups ORDER BY id"))]
    connection.execute(insert(AccessRule.__table__), list(_rules(own, ids)))
    connection.execute(insert(Membership.__table__), list(_memberships(own, ids)))
    return names


def _rules(own: dict[str, Any], groups: list[int]) -> Iterator[dict[str, Any]]:
    """Rules for everybody's bill groups, two for each; among them the user's."""
    for number in range(RULES):
        place = number % GROUPS
        kind, value = (
            ("email", f"p{number}@c{place}.example") if number < GROUPS else ("domain", f"d{number}.example")
        )
        if number < BY_EMAIL:
            value = USER
        elif GROUPS + BY_EMAIL <= number < GROUPS + BY_EMAIL + BY_DOMAIN:
            value = USER.partition("@")[2]
        yield own | {
            "public_id": f"{number:020d}", "bill_group_id": groups[place], "kind": kind, "value": value,
            "role": PORTAL_ROLES[number % 4], "expires_at": NOW + timedelta(days=30) if number % 3 else None,
        }  # fmt: skip


def _memberships(own: dict[str, Any], groups: list[int]) -> Iterator[dict[str, Any]]:
    """One for every bill group, and the user's own after those that rules open."""
    for number, group in enumerate(groups):
        yield own | {"public_id": f"{number:020d}", "bill_group_id": group, "email": f"m{number}@c.example",
                     "role": "viewer", "permissions": None, "limited_to": None, "revoked_at": None}  # fmt: skip
    start = BY_EMAIL + BY_DOMAIN
    for number in range(BY_ROLE + BY_PERMISSIONS + REVOKED):
        by_role, revoked = number < BY_ROLE, number >= BY_ROLE + BY_PERMISSIONS
        yield own | {
            "public_id": f"{GROUPS + number:020d}", "bill_group_id": groups[start + number], "email": USER,
            "role": "technical" if by_role or revoked else None,
            "permissions": None if by_role or revoked else ["services.service.read", "billing.invoice.read"],
            "limited_to": None if number % 2 or by_role else [["services.service", "b" * 20]],
            "revoked_at": NOW if revoked else None,
        }  # fmt: skip


def _expected(portal: Portal, tenant_id: int, names: list[str]) -> list[tuple[str, int]]:
    """How many permissions the user holds in each of their bill groups, told without the code that is measured."""
    declared = [p for p in portal.seam.permissions.values() if p.area == "portal"]
    personal = sum(p.personal for p in declared)
    by_role = {r: sum(r in p.default_roles or r == "owner" or p.personal for p in declared) for r in PORTAL_ROLES}
    found = []
    for place in range(BY_EMAIL + BY_DOMAIN + BY_ROLE + BY_PERMISSIONS + REVOKED):
        number = place - BY_EMAIL - BY_DOMAIN
        if number < 0:
            rule = place if place < BY_EMAIL else GROUPS + place
            count = by_role[PORTAL_ROLES[rule % 4]]
        elif number < BY_ROLE:
            count = by_role["technical"]
        elif number < BY_ROLE + BY_PERMISSIONS:
            count = personal + (2 if number % 2 else 1)
        else:
            count = 0
        found.append((names[place], count))
    return found
