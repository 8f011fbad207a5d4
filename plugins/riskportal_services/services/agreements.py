"""Whether a bill group has a contract: something that runs, is being set up, or is planned."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import BindParameter, bindparam, or_, select
from sqlalchemy.orm import Session

from riskportal_services.models import PROJECT_STATES, SERVICE_STATES, Project, Service
from riskportal_services.services.catalogue import states_of

_HERE: BindParameter[int] = bindparam("bill_group_id")
_ACTIVE = select(
    or_(
        select(Service.id)
        .where(Service.bill_group_id == _HERE, Service.state.in_(states_of(SERVICE_STATES, "active")))
        .exists(),
        select(Project.id)
        .where(Project.bill_group_id == _HERE, Project.state.in_(states_of(PROJECT_STATES, "active")))
        .exists(),
    )
)


class Agreements:
    """Answers riskportal.contracts.agreements.IAgreements for the bill groups of a session."""

    def __init__(self, db: Session, add_url: Callable[[str], str | None] = lambda bill_group: None) -> None:
        self._db = db
        self.add_url = add_url

    def has_active(self, bill_group_id: int) -> bool:
        """Whether a service or project of the bill group (by database id) isn't past."""
        return bool(self._db.scalar(_ACTIVE, {"bill_group_id": bill_group_id}))
