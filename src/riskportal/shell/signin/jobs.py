"""Background work of the core's own pages."""

from __future__ import annotations

from riskportal.identity import links, passkeys, second_step, signin
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


def purge_sign_ins(ctx: JobContext) -> None:
    """Forget old sign-in requests, of strangers above all, and what else was begun and is long over."""
    for part in (signin, second_step, passkeys, links):
        part.purge(ctx.db, ctx.now())
