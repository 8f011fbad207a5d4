"""Moving a login to another address: the service's steps, and the mails and entries that go with each."""

from __future__ import annotations

from typing import Any

from riskportal.identity import email_change
from riskportal.identity.access import Grant, Reachable
from riskportal.identity.email_change import LIFETIME, LosesAccess
from riskportal.identity.models import OneTimeLink, User
from riskportal.identity.proofs import begin_change
from riskportal.plug import Message, _, plural
from riskportal.security.contexts import granted_permissions
from riskportal.security.cookies import in_console
from riskportal.shell.access.jobs import TELL_OF_MOVE
from riskportal.shell.account.told import language_of, send_change, when

NAMED = 3  # how many bill groups a message lists by name


def ask_for_change(request: Any, user: User, email: str) -> None:
    """Ask to move `user` to the canonical address `email`: a link goes there, a notice to the address they have.

    Raises SameAddress, LosesAccess, or ConsoleOnly when a colleague's login is asked for outside the console.
    """
    begin_change(request.db, user, request.identity.session)
    old, language = user.email, language_of(request, user)
    token, free = email_change.ask(request.db, user, email, request.clock.now(), _rights(request))
    if free:
        hours = int(LIFETIME.total_seconds()) // 3600
        link = request.tenant.base_url + _confirm_path(request, token)
        request.send_mail("core.email_confirm", to=email, language=language, old=old, link=link, hours=hours)
    else:
        request.send_mail("core.email_taken", to=email, language=language, old=old)
    request.send_mail(
        "core.email_asked", to=old, language=language, new=email, when=when(request, user), start=start(request)
    )
    request.audit("core.email_change_asked", email=old, new=email)


def confirm_change(request: Any, link: OneTimeLink) -> None:
    """The button behind the link was pressed by the login's owner: move it, tell both addresses, and the owners of
    what it reaches.

    Raises what email_change.confirm raises.
    """
    user = link.user
    moved = email_change.confirm(request.db, link, request.identity.session, request.clock.now(), _rights(request))
    language = language_of(request, user)
    send_change(request, user, _("Your login moved from {old} to {new}.", old=moved.old, new=moved.new))
    request.send_mail("core.email_changed", to=moved.old, language=language, new=moved.new, when=when(request, user))
    request.audit("core.email_changed", old=moved.old, new=moved.new)
    request.enqueue(TELL_OF_MOVE, user_id=user.id, old=moved.old, new=moved.new, bill_group_ids=moved.reaches)


def loss_in_words(problem: LosesAccess) -> Message:
    """What the new address would cost, and what to do about it."""
    if problem.lost:
        return plural(
            "This address has no access to {names}. Invite it there first, or ask somebody who may.",
            "This address has no access to {n} of your accounts: {names}. Invite it there first, or ask somebody who "
            "may.",
            len(problem.lost),
            names=_names(problem.lost),
        )
    return plural(
        "This address may do less than yours in {names}. Ask for the same rights for it first.",
        "This address may do less than yours in {n} of your accounts: {names}. Ask for the same rights for it first.",
        len(problem.weaker),
        names=_names(problem.weaker),
    )


def start(request: Any) -> str:
    """The address where the person's own pages are reached from a mail, whatever bill group they open then."""
    return str(request.tenant.base_url) + ("/staff/account/security" if in_console(request) else "/")


def _names(groups: list[Reachable]) -> str:
    shown = [
        group.customer if group.name == group.customer else f"{group.customer}, {group.name}" for group in groups
    ]
    return "; ".join(shown[:NAMED]) + ("; …" if len(shown) > NAMED else "")


def _rights(request: Any) -> email_change.Rights:
    def rights(grant: Grant) -> frozenset[str]:
        return granted_permissions(request, grant)

    return rights


def _confirm_path(request: Any, token: str) -> str:
    """In the console the page lies below /staff, where the console's own session is known."""
    return str(
        request.route_path("core.staff_confirm_email" if in_console(request) else "core.confirm_email", token=token)
    )
