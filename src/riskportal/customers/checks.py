"""Asking the register about a bill group's VAT number: by a job, again and again while it doesn't answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.audit.services import Actor, record
from riskportal.contracts.records import RecordRef
from riskportal.customers.models import BillGroup, VatCheck
from riskportal.customers.vat import known_vat_number
from riskportal.customers.vies import CONFIRMED, UNANSWERED, UNKNOWN, Answer, Party, VatRegister
from riskportal.jobs.context import GiveUp, JobContext
from riskportal.jobs.services import enqueue
from riskportal.plug.declarations import Job
from riskportal.tenancy.models import Tenant

CHECK = "core.check_vat"
# The name of the VatRegister (or None) among the worker's services.
REGISTER = "vat_register"

# How long to wait after each try without an answer. Registers are down for nights and week-ends.
PAUSES = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)),
    *(timedelta(hours=hours) for hours in (3, 6, 12)),
    *(timedelta(days=1),) * 6,
)
# A check that has no answer so long after it began is not tried again.
PATIENCE = sum(PAUSES, timedelta()) + timedelta(days=1)


def newest_check(db: Session, bill_group: BillGroup) -> VatCheck | None:
    """The last check of the bill group's present VAT number, or None when it was never asked about."""
    if not bill_group.vat_number:
        return None
    query = select(VatCheck).where(
        VatCheck.bill_group_id == bill_group.id, VatCheck.vat_number == bill_group.vat_number
    )
    return db.scalar(query.order_by(VatCheck.id.desc()).limit(1))


def last_answer(db: Session, bill_group: BillGroup) -> VatCheck | None:
    """The last check of the present number that the register answered, or None."""
    query = select(VatCheck).where(
        VatCheck.bill_group_id == bill_group.id,
        VatCheck.vat_number == bill_group.vat_number,
        VatCheck.answered_at.is_not(None),
    )
    return db.scalar(query.order_by(VatCheck.id.desc()).limit(1))


def start_check(db: Session, bill_group: BillGroup) -> VatCheck | None:
    """Have the register asked about the bill group's VAT number; None when it isn't one for this register."""
    number = known_vat_number(bill_group.vat_number)
    if number is None or not number.in_eu_register or bill_group.vat_number is None:
        return None
    check = VatCheck(bill_group_id=bill_group.id, vat_number=bill_group.vat_number)
    db.add(check)
    db.flush()
    _enqueue(db, check, 1)
    return check


def is_waiting(check: VatCheck, now: datetime) -> bool:
    """Whether the register is still being asked."""
    return check.state in ("asked", UNANSWERED) and now < check.created_at + PATIENCE


def check_vat(ctx: JobContext, check: str, attempt: int = 1) -> None:
    """Ask the register about one VatCheck and store its answer. Safe to run twice."""
    register: VatRegister | None = ctx.services.get(REGISTER)
    with ctx.reading() as db:
        row = db.scalar(select(VatCheck).where(VatCheck.public_id == check))
        group = db.get(BillGroup, row.bill_group_id) if row is not None else None
        newest = newest_check(db, group) if group is not None else None
    if row is None or group is None:
        raise GiveUp("the check is gone")
    number = known_vat_number(row.vat_number)
    # Another number by now, or somebody asked anew: the newer check goes on.
    replaced = newest is None or newest.id != row.id
    if register is None or number is None or replaced or row.state not in ("asked", UNANSWERED):
        return
    # The conversation comes before the first use of ctx.db: it may take seconds.
    answer = register.ask(Party(number.prefix, number.national), _requester(ctx.tenant))
    _store(ctx.db, row, answer, ctx.now())
    if answer.state == UNANSWERED and attempt <= len(PAUSES):
        _enqueue(ctx.db, row, attempt + 1, ctx.now() + PAUSES[attempt - 1])


def _requester(tenant: Tenant) -> Party | None:
    """On whose behalf we ask. The number may have come without its letters, from a file or the command line."""
    number = known_vat_number(tenant.vat_number, tenant.country)
    return Party(number.prefix, number.national) if number is not None and number.in_eu_register else None


def _enqueue(db: Session, check: VatCheck, attempt: int, run_at: datetime | None = None) -> None:
    enqueue(
        db,
        CHECK,
        {"check": check.public_id, "attempt": attempt},
        key=f"{check.public_id}:{attempt}",
        run_at=run_at,
        bill_group_id=check.bill_group_id,
    )


def _store(db: Session, seen: VatCheck, answer: Answer, now: datetime) -> None:
    """Write the answer, and an audit entry for a yes or a no; what was answered in the meantime stays."""
    row = db.scalar(select(VatCheck).where(VatCheck.id == seen.id).with_for_update())
    if row is None or row.state not in ("asked", UNANSWERED):
        return
    row.state = answer.state
    if answer.state == UNANSWERED:
        return
    row.answered_at = now
    row.registered_name, row.registered_address = answer.name, answer.address
    row.reference = answer.reference
    group = db.get_one(BillGroup, row.bill_group_id)
    record(
        db,
        {CONFIRMED: "core.vat_confirmed", UNKNOWN: "core.vat_unknown"}[answer.state],
        actor=Actor("job", name="VIES"),
        ref=RecordRef("core.bill_group", group.public_id),
        bill_group_id=group.id,
        data={"number": row.vat_number, "reference": answer.reference},
    )


JOBS = (Job(CHECK, run=check_vat),)
