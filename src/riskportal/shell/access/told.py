"""Whoever changes who reaches a bill group leaves audit entries, and its owners get a mail that says so."""

from __future__ import annotations

from typing import Any

from riskportal.contracts.records import RecordRef
from riskportal.customers.models import BillGroup
from riskportal.identity.models import AccessRule, Membership
from riskportal.identity.rights import Rights, rights_of
from riskportal.identity.rules import ADDED, RECORD_KIND, rights_by
from riskportal.mail.request import REGISTRY_KEY as MAILER
from riskportal.plug import Message, _
from riskportal.shell.access.words import either, last_day
from riskportal.shell.owners import tell_owners
from riskportal.web.format import Format
from riskportal.web.roles import role_name

CHANGED, INVITATION = "core.people_changed", "core.invitation"


def rule_added(request: Any, bill_group: BillGroup, rule: AccessRule) -> None:
    """A rule is new; of a domain under which anybody gets an address the entry tells the reason."""
    told = {"rule": rule.value, "role": rule.role, "until": rule.expires_at}
    code, overridden = ADDED
    if rule.override_reason is not None:
        code, told = overridden, {**told, "reason": rule.override_reason}
    request.audit(code, _rule_ref(rule), bill_group.id, **told)
    role = role_name(rule.role)
    if rule.kind == "domain":
        what = _("Everybody with an address at {domain} has access now: {role}", domain=rule.value, role=role)
    else:
        what = _("{email} has access now: {role}", email=rule.value, role=role)
    _tell(request, bill_group, what, besides=rule.value)


def rule_changed(request: Any, bill_group: BillGroup, rule: AccessRule, before: Rights) -> None:
    """A rule gives something else than `before`."""
    request.audit(
        "core.rule_changed",
        _rule_ref(rule),
        bill_group.id,
        rule=rule.value,
        old=kept(before),
        new=kept(rights_by(rule)),
    )
    what = _("The access of {rule} has changed: {role}", rule=rule.value, role=role_name(rule.role))
    _tell(request, bill_group, what)


def rule_removed(request: Any, bill_group: BillGroup, rule: AccessRule) -> None:
    """A rule is gone; `rule` still holds its values."""
    request.audit("core.rule_removed", _rule_ref(rule), bill_group.id, rule=rule.value, role=rule.role)
    _tell(request, bill_group, _("{rule} has no access any more", rule=rule.value))


def invited(request: Any, bill_group: BillGroup, member: Membership, inviter: str, language: str | None) -> None:
    """Somebody new was invited: they get the invitation, the owners hear of it."""
    _audit(request, "core.person_invited", bill_group, member, rights=kept(rights_of(member)))
    send_invitation(request, bill_group, member, inviter, language)
    what = _("{email} was invited: {rights}", email=member.email, rights=_rights(request, member))
    _tell(request, bill_group, what, besides=member.email)


def invited_again(
    request: Any, bill_group: BillGroup, member: Membership, inviter: str, language: str | None
) -> None:
    """The invitation goes out once more."""
    _audit(request, "core.invitation_sent", bill_group, member)
    send_invitation(request, bill_group, member, inviter, language)


def rights_changed(request: Any, bill_group: BillGroup, member: Membership, before: Rights) -> None:
    """Somebody has other rights than `before`."""
    old, new = kept(before), kept(rights_of(member))
    _audit(request, "core.person_changed", bill_group, member, old=old, rights=new)
    _tell(
        request,
        bill_group,
        _("{email} has other rights now: {rights}", email=member.email, rights=_rights(request, member)),
    )


def revoked(request: Any, bill_group: BillGroup, member: Membership) -> None:
    """Somebody's access was taken away."""
    _audit(request, "core.person_revoked", bill_group, member)
    _tell(request, bill_group, _("The access of {email} was taken away", email=member.email))


def restored(request: Any, bill_group: BillGroup, member: Membership) -> None:
    """Somebody may come in again."""
    _audit(request, "core.person_restored", bill_group, member, rights=kept(rights_of(member)))
    what = _("{email} has access again: {rights}", email=member.email, rights=_rights(request, member))
    _tell(request, bill_group, what)


def follows_rules(request: Any, bill_group: BillGroup, member: Membership) -> None:
    """Somebody's own rights are gone, and a rule decides; `member` still holds its values."""
    _audit(request, "core.person_follows_rules", bill_group, member)
    what = _("{email} has no own rights any more; the provider's rule decides", email=member.email)
    _tell(request, bill_group, what)


def portal_changed(request: Any, bill_group: BillGroup, code: str) -> None:
    """The portal was opened or closed, or has a new link."""
    ref = RecordRef("core.bill_group", bill_group.public_id)
    request.audit(code, ref, bill_group.id, bill_group=bill_group.name)


def send_invitation(
    request: Any, bill_group: BillGroup, member: Membership, inviter: str, language: str | None
) -> None:
    """Mail the way in. It holds no secret: whoever follows it signs in with their own address."""
    language = language or bill_group.language
    day = last_day(member.expires_at, request.tenant.time_zone)
    request.registry[MAILER].compose(
        request.db,
        request.tenant,
        INVITATION,
        to=member.email,
        language=language,
        bill_group_id=bill_group.id,
        values={
            "inviter": inviter,
            "account": bill_group.company,
            "email": member.email,
            "until": Format(language, request.tenant.time_zone, request.today).date(day) if day else "",
            "link": request.tenant.base_url + request.route_path("core.home", bill_group=bill_group.public_id),
        },
    )


def kept(rights: Rights) -> dict[str, Any]:
    """Rights as an audit entry keeps them, for its reader's language and time zone (provider.rights_words).

    `role`, or `permissions` by name; `limited_to` as pairs of kind and public id, None for all; `until` (UTC),
    None for ever.
    """
    return {
        "role": rights.role,
        "permissions": sorted(rights.permissions),
        "limited_to": sorted(rights.limited_to) if rights.limited_to is not None else None,
        "until": rights.expires_at,
    }


def _rights(request: Any, member: Membership) -> Message | str:
    """Rights as the owners read them."""
    what: Message | str = role_name(member.role) if member.role else _("single permissions")
    if member.limited_to is None:
        return what
    kinds = request.registry.portal.seam.record_kinds
    names = sorted({name for name, _public_id in member.limited_to if name in kinds})
    things = either([kinds[name].many or kinds[name].label for name in names] or [_("records")])
    return _("{what}, only for certain {things}", what=what, things=things)


def _audit(request: Any, code: str, bill_group: BillGroup, member: Membership, **data: Any) -> None:
    ref = RecordRef("core.membership", member.public_id)
    request.audit(code, ref, bill_group.id, email=member.email, **data)


def _rule_ref(rule: AccessRule) -> RecordRef:
    return RecordRef(RECORD_KIND, rule.public_id)


def _tell(request: Any, bill_group: BillGroup, what: Message, besides: str | None = None) -> None:
    # Who gets in is no matter of taste: these mails can't be turned off.
    tell_owners(request, bill_group, CHANGED, what, page="core.people", category="security", besides=besides)
