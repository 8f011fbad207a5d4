"""What the core declares through the same seam as any module."""

from __future__ import annotations

from datetime import timedelta

from riskportal.jobs.declarations import JOBS as QUEUE_JOBS
from riskportal.mail.declarations import JOBS as MAIL_JOBS
from riskportal.plug import AuditEvent, Email, Job, NavEntry, Permission, _
from riskportal.plug.declarations import PORTAL_ROLES
from riskportal.plug.seam import CoreDeclarations
from riskportal.portfolio.core import CORE_IMPORTERS
from riskportal.shell.jobs import purge_sign_ins, send_sign_in

VIEW = "core.portal.view"
ACCOUNT = "core.account.view"

CORE_DECLARATIONS = CoreDeclarations(
    nav_entries=(
        NavEntry("core.home", "portal", _("Home"), "core.home", VIEW, "home", weight=0),
        NavEntry(
            "core.security", "portal", _("Security"), "core.security", ACCOUNT, "shield", _("Your account"), weight=90
        ),
    ),
    permissions=(
        Permission(VIEW, _("Open the portal"), "portal", PORTAL_ROLES),
        Permission(ACCOUNT, _("See and end one's own sessions"), "portal", PORTAL_ROLES),
    ),
    jobs=(
        Job("core.send_sign_in", run=send_sign_in),
        Job("core.purge_sign_ins", run=purge_sign_ins, every=timedelta(hours=6)),
        *QUEUE_JOBS,
        *MAIL_JOBS,
    ),
    emails=(
        Email(
            "core.sign_in",
            _("Sign-in link"),
            "riskportal:templates/email/sign_in",
            placeholders=("link", "code", "minutes"),
            sample={"link": "https://portal.example/sign-in/confirm/sample", "code": "K7QP-3MXD", "minutes": 10},
            secrets=("link", "code"),
        ),
    ),
    audit_events=(
        AuditEvent("core.signed_in", _("Signed in"), _("{email} signed in")),
        AuditEvent("core.signed_out", _("Signed out"), _("{email} signed out")),
        AuditEvent("core.staff_added", _("Staff member added"), _("{email} works here as {role}")),
        AuditEvent("core.module_on", _("Module switched on"), _("The module {module} was switched on")),
        AuditEvent("core.module_off", _("Module switched off"), _("The module {module} was switched off")),
        AuditEvent("core.tenant_changed", _("Provider changed"), _("Changed about the provider: {fields}")),
        AuditEvent(
            "core.data_loaded", _("Data loaded"), _("A file was loaded: {created} records new, {updated} changed")
        ),
        AuditEvent("core.token_added", _("API key made"), _("An API key for {name} was made: {permissions}")),
        AuditEvent("core.token_revoked", _("API key revoked"), _("The API key for {name} was revoked")),
        AuditEvent("core.session_revoked", _("Session ended"), _("{email} ended {count} of their sessions")),
    ),
    importers=CORE_IMPORTERS,
)
