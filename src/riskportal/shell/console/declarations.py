"""What the console declares."""

from __future__ import annotations

from riskportal.customers.models import BillGroup, Customer
from riskportal.customers.services import load_bill_group, load_customer
from riskportal.db.lookup import by_public_id
from riskportal.identity.directory import load_user
from riskportal.identity.models import User
from riskportal.plug import AuditEvent, NavEntry, Permission, RecordKind, _
from riskportal.plug.declarations import STAFF_ROLES
from riskportal.plug.seam import CoreDeclarations
from riskportal.shell.console.permissions import P

_READERS = ("billing", "support", "read_only")
_WRITERS = ("billing", "support")

DECLARATIONS = CoreDeclarations(
    nav_entries=(
        NavEntry("core.staff_home", "staff", _("Home"), "core.staff_home", P.VIEW, "home", weight=0),
        NavEntry(
            "core.staff_customers",
            "staff",
            _("Customers"),
            "core.staff_customers",
            P.CUSTOMER_READ,
            "folder",
            weight=10,
            covers=("/staff/bill-groups/",),
        ),
        NavEntry("core.staff_users", "staff", _("Users"), "core.staff_users", P.USER_READ, "users", weight=20),
    ),
    permissions=(
        Permission(P.VIEW, _("Open the console"), "staff", STAFF_ROLES, personal=True),
        Permission(P.CUSTOMER_READ, _("See customers, bill groups and notes"), "staff", _READERS),
        Permission(P.CUSTOMER_WRITE, _("Add and change customers and bill groups"), "staff", _WRITERS),
        Permission(P.NOTE_WRITE, _("Write notes about customers"), "staff", _WRITERS),
        Permission(P.USER_READ, _("See users, their access and their sessions"), "staff", _READERS),
        Permission(P.USER_WRITE, _("Disable users and end their sessions"), "staff", ("support",)),
        Permission(P.USER_UNLOCK, _("Take a customer's second step away"), "staff", ("support",)),
    ),
    record_kinds=(
        RecordKind(
            "core.customer",
            _("Customer"),
            "core.staff_customer",
            P.CUSTOMER_READ,
            load_customer,
            lambda customer: customer.name,
            load_many=by_public_id(Customer),
        ),
        RecordKind(
            "core.bill_group",
            _("Bill group"),
            "core.staff_bill_group",
            P.CUSTOMER_READ,
            load_bill_group,
            lambda group: group.name,
            load_many=by_public_id(BillGroup),
        ),
        RecordKind(
            "core.user",
            _("User"),
            "core.staff_user",
            P.USER_READ,
            load_user,
            lambda user: user.email,
            load_many=by_public_id(User),
        ),
    ),
    audit_events=(
        AuditEvent("core.customer_added", _("Customer added"), _("The customer {name} was added, number {number}")),
        AuditEvent("core.customer_changed", _("Customer changed"), _("{name} was changed: {fields}")),
        AuditEvent("core.customer_archived", _("Customer archived"), _("{name} was archived")),
        AuditEvent("core.customer_restored", _("Customer restored"), _("{name} was taken out of the archive")),
        AuditEvent("core.bill_group_added", _("Bill group added"), _("The bill group {name} was added")),
        AuditEvent("core.bill_group_changed", _("Bill group changed"), _("{name} was changed: {fields}")),
        AuditEvent("core.bill_group_closed", _("Bill group closed"), _("{name} was closed")),
        AuditEvent("core.bill_group_reopened", _("Bill group reopened"), _("{name} was opened again")),
        AuditEvent("core.note_added", _("Note written"), _("A note was written")),
        AuditEvent("core.note_deleted", _("Note deleted"), _("A note was deleted")),
        AuditEvent("core.user_disabled", _("User disabled"), _("{email} can't sign in any more")),
        AuditEvent("core.user_enabled", _("User enabled"), _("{email} can sign in again")),
        AuditEvent(
            "core.user_second_step_taken",
            _("Second step taken away"),
            _("Authenticator app and recovery codes of {email} were taken away by staff"),
        ),
        AuditEvent(
            "core.user_sessions_ended", _("Sessions ended"), _("{count} sessions of {email} were ended by staff")
        ),
    ),
)
