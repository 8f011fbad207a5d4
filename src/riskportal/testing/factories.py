"""Rows that most tests need, written and committed for real."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from riskportal.customers.models import BillGroup, Contact, Customer
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.identity.models import AccessRule, StaffMember, User
from riskportal.tenancy.models import Tenant, TenantHost, TenantModule

HOST = "portal.test"
Row = TypeVar("Row")


class Factory:
    """Makes rows in `database`, each with sensible values that keyword arguments replace.

    Returned rows are detached: their columns can be read anywhere.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._count = 0

    def save(self, row: Row) -> Row:
        """Write a row above all tenants and return it; it names its own tenant."""
        with self._database.session(Scope.system_wide("test factory")) as db:
            db.add(row)
        return row

    def number(self) -> int:
        """A number that this test hasn't used yet."""
        self._count += 1
        return self._count

    def tenant(self, host: str = HOST, **values: Any) -> Tenant:
        """A tenant that answers under `host`."""
        given: dict[str, Any] = {
            "name": "Alder Hosting",
            "legal_name": "Alder Hosting GmbH",
            "base_url": f"http://{host}",
            "sender_name": "Alder Hosting",
            "sender_address": f"portal@{host}",
            "country": "DE",
            "time_zone": "Europe/Berlin",
            "currency": "EUR",
            "languages": ["en", "de"],
            **values,
        }
        tenant = self.save(Tenant(**given))
        self.save(TenantHost(tenant_id=tenant.id, host=host))
        return tenant

    def customer(self, tenant: Tenant, **values: Any) -> Customer:
        """A customer of the tenant."""
        number = self.number()
        given = {
            "number": f"C-{number}",
            "name": f"Customer {number}",
            "legal_name": f"Customer {number} Ltd",
            **values,
        }
        return self.save(Customer(tenant_id=tenant.id, **given))

    def bill_group(self, customer: Customer, **values: Any) -> BillGroup:
        """An active bill group of the customer, with its portal open."""
        given = {"name": f"Group {self.number()}", "currency": "EUR", "language": "en", **values}
        return self.save(BillGroup(tenant_id=customer.tenant_id, customer_id=customer.id, **given))

    def contact(self, bill_group: BillGroup, **values: Any) -> Contact:
        """A billing contact."""
        given = {"kind": "billing", "name": "Grace Hopper", "email": "grace@customer.test", **values}
        return self.save(Contact(tenant_id=bill_group.tenant_id, bill_group_id=bill_group.id, **given))

    def rule(
        self,
        bill_group: BillGroup,
        value: str,
        role: str = "owner",
        kind: str = "email",
        until: datetime | None = None,
    ) -> AccessRule:
        """A rule that lets an address (kind `email`) or a domain into the bill group."""
        return self.save(
            AccessRule(
                tenant_id=bill_group.tenant_id,
                bill_group_id=bill_group.id,
                kind=kind,
                value=value,
                role=role,
                expires_at=until,
            )
        )

    def user(self, tenant: Tenant, email: str = "ada@customer.test", **values: Any) -> User:
        """A login; it reaches nothing until a rule lets it in."""
        return self.save(User(tenant_id=tenant.id, email=email, **{"name": "Ada Lovelace", **values}))

    def member(
        self, bill_group: BillGroup, email: str = "ada@customer.test", role: str = "owner", **values: Any
    ) -> User:
        """A login with a rule that lets it into the bill group with that role."""
        self.rule(bill_group, email, role)
        user = User(tenant_id=bill_group.tenant_id, email=email, **{"name": "Ada Lovelace", **values})
        return self.save(user)

    def staff(self, tenant: Tenant, email: str = "staff@alder.test", role: str = "owner", **values: Any) -> User:
        """A login of the tenant's own people."""
        user = self.user(tenant, email, **{"name": "Sam Staff", **values})
        self.save(StaffMember(tenant_id=tenant.id, user_id=user.id, role=role))
        return user

    def switch_off(self, tenant: Tenant, module: str) -> None:
        """Switch a module off for the tenant, as its settings page would."""
        with self._database.session(Scope.tenant_wide(tenant.id)) as db:
            db.add(TenantModule(module=module, enabled=False))
            row = db.get(Tenant, tenant.id)
            assert row is not None
            row.config_version += 1
