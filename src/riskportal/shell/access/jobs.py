"""What is told about access in the background."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from riskportal.audit.services import Actor, record
from riskportal.contracts.records import RecordRef
from riskportal.customers.models import BillGroup
from riskportal.identity.models import User
from riskportal.jobs.context import JobContext
from riskportal.plug import Job, _
from riskportal.shell.access.told import CHANGED
from riskportal.shell.owners import write_to_owners

TELL_OF_MOVE = "core.tell_of_move"


def tell_of_move(ctx: JobContext, user_id: int, old: str, new: str, bill_group_ids: Sequence[int]) -> None:
    """A login signs in as another address from now on: an entry for each bill group that it reaches, and a mail to
    its owners, who know people by their addresses."""
    portal, user = ctx.services["portal"], ctx.db.get_one(User, user_id)
    groups = select(BillGroup).where(BillGroup.id.in_(bill_group_ids)).order_by(BillGroup.id)
    for group in ctx.db.scalars(groups.options(joinedload(BillGroup.customer))):
        record(
            ctx.db,
            "core.person_moved",
            actor=Actor("user", user.id, user.name or new),
            ref=RecordRef("core.user", user.public_id),
            bill_group_id=group.id,
            data={"old": old, "new": new},
        )
        values = {
            "account": group.company,
            "what": _("{old} signs in as {new} from now on", old=old, new=new),
            "who": f"{user.name} ({new})" if user.name else new,
            "link": f"{ctx.tenant.base_url}/g/{group.public_id}/account/people",
        }
        # Who gets in is no matter of taste: these mails can't be turned off.
        write_to_owners(
            ctx.db,
            portal.mailer,
            ctx.tenant,
            group,
            CHANGED,
            lambda _language, values=values: values,
            category="security",
            besides=new,
            now=ctx.now(),
        )


JOBS = (Job(TELL_OF_MOVE, run=tell_of_move),)
