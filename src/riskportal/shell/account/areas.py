"""One's own pages stand in two areas: the same views and templates serve customers and the provider's staff.

/g/{bill_group}/account/security    core.security
/staff/account/security             core.staff_security
"""

from __future__ import annotations

from typing import Any

from riskportal.identity.proofs import ConsoleOnly, works_here
from riskportal.plug import _
from riskportal.security.cookies import in_console

CONSOLE_ONLY = _("You work here: sign-in and address are changed in the staff console.")


def account_path(request: Any, page: str, **parts: Any) -> str:
    """The address of one of the reader's own pages in the area they are in: `request.account_path("security")`."""
    if in_console(request):
        return str(request.route_path(f"core.staff_{page}", **parts))
    # The address, not the context: an error page has none.
    return str(request.route_path(f"core.{page}", bill_group=request.matchdict["bill_group"], **parts))


def changeable_here(request: Any) -> None:
    """Whether the reader's proofs change in this area: raises ConsoleOnly for staff outside the console.

    Services ask again, under a lock (proofs.begin_change); this keeps people from filling in a form in vain.
    """
    if not in_console(request) and works_here(request.db, request.user):
        raise ConsoleOnly()
