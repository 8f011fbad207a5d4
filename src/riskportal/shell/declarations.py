"""What the core declares through the same seam as any module, gathered from its areas."""

from __future__ import annotations

from dataclasses import fields

from riskportal.jobs.declarations import JOBS as QUEUE_JOBS
from riskportal.mail.declarations import JOBS as MAIL_JOBS
from riskportal.plug import AuditEvent, NavEntry, Permission, _
from riskportal.plug.declarations import PORTAL_ROLES
from riskportal.plug.seam import CoreDeclarations
from riskportal.portfolio.core import CORE_IMPORTERS
from riskportal.shell.access.declarations import DECLARATIONS as ACCESS
from riskportal.shell.account.declarations import DECLARATIONS as ACCOUNT
from riskportal.shell.account.details_declarations import DECLARATIONS as DETAILS
from riskportal.shell.console.declarations import DECLARATIONS as CONSOLE
from riskportal.shell.emails.declarations import DECLARATIONS as EMAILS
from riskportal.shell.permissions import VIEW
from riskportal.shell.provider.declarations import DECLARATIONS as PROVIDER
from riskportal.shell.signin.declarations import DECLARATIONS as SIGN_IN

OWN = CoreDeclarations(
    nav_entries=(NavEntry("core.home", "portal", _("Home"), "core.home", VIEW, "home", weight=0),),
    permissions=(Permission(VIEW, _("Open the portal"), "portal", PORTAL_ROLES, personal=True),),
    jobs=(*QUEUE_JOBS, *MAIL_JOBS),
    audit_events=(
        AuditEvent(
            "core.data_loaded", _("Data loaded"), _("A file was loaded: {created} records new, {updated} changed")
        ),
        AuditEvent("core.token_added", _("API key made"), _("An API key for {name} was made: {permissions}")),
        AuditEvent("core.token_revoked", _("API key revoked"), _("The API key for {name} was revoked")),
        AuditEvent("core.staff_added", _("Staff member added"), _("{email} works here as {role}")),
        AuditEvent("core.module_on", _("Module switched on"), _("The module {module} was switched on")),
        AuditEvent("core.module_off", _("Module switched off"), _("The module {module} was switched off")),
        AuditEvent("core.tenant_changed", _("Provider changed"), _("Changed about the provider: {fields}")),
    ),
    importers=CORE_IMPORTERS,
)


def together(*parts: CoreDeclarations) -> CoreDeclarations:
    """All declarations of several parts of the core as one."""
    return CoreDeclarations(
        **{field.name: tuple(item for part in parts for item in getattr(part, field.name)) for field in fields(OWN)}
    )


CORE_DECLARATIONS = together(OWN, SIGN_IN, ACCOUNT, DETAILS, CONSOLE, ACCESS, PROVIDER, EMAILS)
