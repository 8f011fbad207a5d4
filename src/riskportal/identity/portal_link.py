"""A bill group's portal: opened and closed, and the link that is shared with the customer.

    closed <--> open        (only a bill group with an active contract can be opened)

The link leads to sign-in and grants nothing by itself: who comes in is for the access rules to say.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.customers.models import BillGroup, new_portal_token
from riskportal.identity.rules import lock
from riskportal.plug import Message, _

MESSAGES: dict[str, Message] = {
    "closed": _("This bill group is closed. Reopen the bill group first."),
    "no_contract": _(
        "This bill group has no active contract: no service and no project that is running or being set up. Add one "
        "first; a portal would have nothing to show."
    ),
}


class PortalRefused(ValueError):
    """The portal can't be opened; `message` says why. `code` is a key of MESSAGES."""

    def __init__(self, code: str) -> None:
        self.code, self.message = code, MESSAGES[code]
        super().__init__(str(self.message))


def why_not_open(bill_group: BillGroup, has_contract: bool | None) -> str | None:
    """The code of what keeps the portal from being opened, None when nothing does.

    `has_contract` is what the module of contracts says, None without such a module.
    """
    if bill_group.state != "active":
        return "closed"
    return "no_contract" if has_contract is False else None


def open_portal(db: Session, bill_group: BillGroup, has_contract: bool | None) -> bool:
    """Let people in; False when it is open already. PortalRefused says what is missing."""
    # Somebody may be closing the bill group at this very moment.
    lock(db, bill_group)
    db.refresh(bill_group)
    if bill_group.portal_enabled:
        return False
    why = why_not_open(bill_group, has_contract)
    if why is not None:
        raise PortalRefused(why)
    bill_group.portal_enabled = True
    return True


def close_portal(bill_group: BillGroup) -> bool:
    """Keep everybody out from their next click on; rules and people stay. False when it is closed already."""
    if not bill_group.portal_enabled:
        return False
    bill_group.portal_enabled = False
    return True


def rotate_link(db: Session, bill_group: BillGroup) -> None:
    """Make a new portal link; the old one leads nowhere at once. Who is signed in stays."""
    # A unique column asks for the whole row; waiting for it here, nobody waits for each other later.
    db.execute(select(BillGroup.id).where(BillGroup.id == bill_group.id).with_for_update()).all()
    bill_group.portal_token = new_portal_token()
