"""What these pages declare."""

from __future__ import annotations

from riskportal.identity import preview
from riskportal.plug import AuditEvent, Permission, _
from riskportal.plug.seam import CoreDeclarations

DECLARATIONS = CoreDeclarations(
    permissions=(
        Permission(preview.PERMISSION, _("Look at a portal as its customer"), "staff", ("billing", "support")),
    ),
    audit_events=(
        AuditEvent(
            "core.preview_opened", _("Preview opened"), _("{staff} viewed the portal of {bill_group} as {viewer}")
        ),
    ),
)
