"""Pages of the staff console."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from dummy_module import services
from riskportal.security.junk import posted


def desk_page(context: Any, request: Any) -> dict[str, Any]:
    """Notes of all bill groups of the tenant."""
    return {"notes": services.notes(request.db), "motto": "", "services_known": False}


def answer(context: Any, request: Any) -> Any:
    """Answer a note."""
    services.answer(request.db, context.record, posted(request, "text"))
    return HTTPSeeOther(request.route_path("dummy.desk"))
