"""What the provider's settings declare."""

from __future__ import annotations

from riskportal.identity.staff import RECORD_KIND, colleague, team
from riskportal.plug import AuditEvent, NavEntry, Permission, RecordKind, _
from riskportal.plug.declarations import STAFF_ROLES
from riskportal.plug.seam import CoreDeclarations
from riskportal.shell.provider.permissions import P

SECTION = _("Provider")

DECLARATIONS = CoreDeclarations(
    nav_entries=(
        NavEntry(
            "core.staff_team",
            "staff",
            _("Team"),
            "core.staff_team",
            P.TEAM_READ,
            "users",
            SECTION,
            weight=80,
            covers=("/staff/roles",),
        ),
        NavEntry(
            "core.staff_brand",
            "staff",
            _("Brand"),
            "core.staff_brand",
            P.BRAND_WRITE,
            "megaphone",
            SECTION,
            weight=82,
        ),
        NavEntry(
            "core.staff_settings",
            "staff",
            _("Settings"),
            "core.staff_settings",
            P.SETTING_READ,
            "settings",
            SECTION,
            weight=84,
        ),
        NavEntry(
            "core.staff_audit",
            "staff",
            _("Audit log"),
            "core.staff_audit",
            P.AUDIT_READ,
            "history",
            SECTION,
            weight=88,
        ),
    ),
    permissions=(
        Permission(P.SETTING_READ, _("See how the portal is set up"), "staff", STAFF_ROLES),
        Permission(P.BRAND_WRITE, _("Change brand, contact and company details"), "staff", ()),
        Permission(P.HOST_WRITE, _("Change host names and the public address"), "staff", ()),
        Permission(P.MODULE_WRITE, _("Switch modules on and off"), "staff", ()),
        Permission(P.SETTING_WRITE, _("Change the settings of modules"), "staff", ()),
        Permission(P.TEAM_READ, _("See who works here"), "staff", STAFF_ROLES),
        Permission(P.TEAM_WRITE, _("Add, change and remove colleagues"), "staff", ()),
        Permission(P.ROLE_WRITE, _("Change what roles may do"), "staff", ()),
        Permission(P.AUDIT_READ, _("Read the audit log"), "staff", ("billing", "support", "read_only")),
        Permission(P.AUDIT_EXPORT, _("Export the audit log"), "staff", ()),
    ),
    audit_events=(
        AuditEvent("core.host_added", _("Host name added"), _("The portal answers under {host} as well")),
        AuditEvent("core.host_removed", _("Host name removed"), _("The portal no longer answers under {host}")),
        AuditEvent(
            "core.address_changed",
            _("Public address changed"),
            _("The public address is {new} now; it was {old} before"),
        ),
        AuditEvent("core.setting_changed", _("Setting changed"), _("{setting} is {new} now; it was {old} before")),
        AuditEvent("core.setting_reset", _("Setting reset"), _("{setting} is {new} again, its default")),
        AuditEvent(
            "core.staff_role_changed",
            _("Role of a staff member changed"),
            _("{email} works here as {role} now; before as {former}"),
        ),
        AuditEvent(
            "core.staff_removed", _("Staff member removed"), _("{email} no longer works here; their role was {role}")
        ),
        AuditEvent("core.staff_link_sent", _("Set-up link sent"), _("{email} was sent a new set-up link")),
        AuditEvent(
            "core.staff_sessions_ended",
            _("Staff sessions ended"),
            _("{count} console sessions of {email} were ended"),
        ),
        AuditEvent(
            "core.role_changed",
            _("Role changed"),
            _("What the role {role} may do has changed. New: {given}. No longer: {taken}"),
        ),
        AuditEvent("core.audit_exported", _("Audit log exported"), _("The audit log was exported: {filter}")),
    ),
    record_kinds=(
        RecordKind(
            RECORD_KIND,
            _("Staff member"),
            "core.staff_member",
            P.TEAM_READ,
            load=colleague,
            title=lambda one: one.user.name or one.user.email,
            load_many=lambda db, _public_ids: {one.user.public_id: one for one in team(db)},
        ),
    ),
)
