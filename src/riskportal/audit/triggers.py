"""The law of the audit table as database triggers: entries stay as written.

The one exception is the erasure of personal data: `actor_name` may be emptied and `ip` set to NULL.
"""

from __future__ import annotations

from riskportal.audit.models import AuditEntry
from riskportal.db.triggers import Statements, combine, refuse_delete, refuse_update

_REASON = "audit entries are append-only"
_ERASABLE = ("actor_name", "ip")

AUDIT_TRIGGERS: Statements = combine(
    refuse_update(
        "audit_entries",
        _REASON,
        columns=[column.name for column in AuditEntry.__table__.columns if column.name not in _ERASABLE],
    ),
    refuse_update(
        "audit_entries",
        "the actor of an audit entry can be erased but not changed",
        columns=_ERASABLE,
        when="(NEW.actor_name <> OLD.actor_name AND NEW.actor_name <> '') "
        "OR (NEW.ip IS NOT NULL AND (OLD.ip IS NULL OR NEW.ip <> OLD.ip))",
        name="actor",
    ),
    refuse_delete("audit_entries", _REASON),
)
