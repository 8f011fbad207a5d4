"""Background work of the core's own pages."""

from __future__ import annotations

from riskportal.audit.services import SYSTEM, record
from riskportal.contracts.records import RecordRef
from riskportal.identity import devices, history, links, passkeys, preview, second_step, signin
from riskportal.identity.users import find_user
from riskportal.jobs.context import JobContext


def send_sign_in(ctx: JobContext, request_id: int) -> None:
    """Mail link and code for a sign-in request; does nothing for an address that reaches no bill group."""
    portal = ctx.services["portal"]
    issued = signin.issue(ctx.db, request_id, portal.secret, ctx.now())
    if issued is None:
        return
    request, keys = issued
    portal.mailer.compose(
        ctx.db,
        ctx.tenant,
        "core.sign_in",
        to=request.email,
        language=request.language,
        values={
            "link": f"{ctx.tenant.base_url}/sign-in/confirm/{keys.token}",
            "code": f"{keys.code[:4]}-{keys.code[4:]}",
            "minutes": int(signin.LINK_LIFETIME.total_seconds()) // 60,
        },
    )


def note_failed_sign_in(ctx: JobContext, email: str, kind: str, ip: str | None) -> None:
    """An audit entry when the address is somebody's. Requests don't write it: they would tell who is known."""
    user = find_user(ctx.db, email)
    if user is None:
        return
    # Whoever it was, the login is the record: nothing says that its owner sat there.
    record(
        ctx.db,
        "core.sign_in_failed",
        actor=SYSTEM,
        ref=RecordRef("core.user", user.public_id),
        data={"email": email},
        ip=ip,
    )


def purge_sign_ins(ctx: JobContext) -> None:
    """Forget old sign-in requests, of strangers above all, and what else was begun and is long over."""
    for part in (signin, second_step, passkeys, links, history, devices, preview):
        part.purge(ctx.db, ctx.now())
