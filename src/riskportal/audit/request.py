"""`request.audit(code, record=None, **data)`: an entry by whoever makes this request."""

from __future__ import annotations

from typing import Any

from riskportal.audit import services
from riskportal.audit.models import AuditEntry
from riskportal.audit.services import SYSTEM, Actor
from riskportal.contracts.records import RecordRef
from riskportal.tenancy.request import in_console


def includeme(config: Any) -> None:
    """Add the request methods `audit` and `actor`."""
    config.add_request_method(actor, "actor", reify=True)
    config.add_request_method(audit, "audit")


def actor(request: Any) -> Actor:
    """Who makes this request, for audit entries: a program with its key, staff under /staff, else the signed-in
    user, else nobody."""
    program = getattr(request, "program", None)
    if program is not None:
        return Actor("program", program.id, program.name)
    user = getattr(request, "user", None)
    if user is None:
        return SYSTEM
    kind = "staff" if in_console(request) else "user"
    return Actor(kind, user.id, user.name or user.email)


def audit(
    request: Any, code: str, record: RecordRef | None = None, bill_group_id: int | None = None, **data: Any
) -> AuditEntry:
    """Write the entry `code`; `data` are the values of its sentence. LookupError when nobody declares `code`.

    In the portal it belongs to the page's bill group; a staff page that acts on one gives its `bill_group_id`.
    """
    if code not in request.registry.portal.seam.audit_events:
        raise LookupError(f"no audit event {code!r}: declare it in a module's audit_events() hook")
    bill_group = getattr(request, "bill_group", None)
    return services.record(
        request.db,
        code,
        actor=request.actor,
        ref=record,
        bill_group_id=bill_group.id if bill_group is not None else bill_group_id,
        data=data,
        ip=request.remote_addr,
        request_id=getattr(request, "request_id", None),
    )
