"""Rules, rights and people in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from riskportal.clock import local_date
from riskportal.identity import domains
from riskportal.identity.people import Person
from riskportal.identity.rights import Limits, Powers
from riskportal.plug import Message, _, plural
from riskportal.plug.declarations import PORTAL_ROLES, Permission
from riskportal.plug.seam import CORE
from riskportal.web.roles import role_name

STATES: dict[str, tuple[str, Message]] = {
    "active": ("good", _("Has access")),
    "invited": ("wait", _("Invited")),
    "awaited": ("quiet", _("Not signed in yet")),
    "expired": ("quiet", _("Time is over")),
    "revoked": ("bad", _("Access taken away")),
    "disabled": ("bad", _("Login is switched off")),
}
PURPOSES: dict[str, Message] = {
    "owner": _("For those who are in charge of the account."),
    "billing": _("For those who pay and keep the books."),
    "technical": _("For those who look after websites and services."),
    "viewer": _("For those who only want to look."),
}
# Scripts by the first word of Unicode's names; the others keep that word.
SCRIPTS: dict[str, Message] = {
    "LATIN": _("Latin"),
    "CYRILLIC": _("Cyrillic"),
    "GREEK": _("Greek"),
    "ARMENIAN": _("Armenian"),
    "HEBREW": _("Hebrew"),
    "ARABIC": _("Arabic"),
    "CJK": _("Chinese"),
    "HIRAGANA": _("Japanese"),
    "KATAKANA": _("Japanese"),
    "HANGUL": _("Korean"),
    "THAI": _("Thai"),
    "GEORGIAN": _("Georgian"),
    "CHEROKEE": _("Cherokee"),
}


@dataclass(frozen=True)
class RoleWords:
    """A role, and what it may do: labels of its permissions, none for `everything`."""

    name: str
    label: Message | str
    labels: list[str]
    everything: bool


def roles_in_words(powers: Powers) -> list[RoleWords]:
    """The portal's roles with what they may do for this tenant."""
    single = powers.single()
    found = []
    for role in PORTAL_ROLES:
        held = powers.config.role_permissions("portal", role)
        labels = [p.label for p in single if p.name in held]
        found.append(RoleWords(role, role_name(role), labels, len(labels) == len(single)))
    return found


def hint_of(words: RoleWords) -> Message | str:
    """What a role is for, in one sentence that stays true when a provider changes what it may do."""
    if not words.labels:
        return _("Only their own login.")
    if words.everything:
        return _("Everything, inviting other people included.")
    return PURPOSES.get(words.name, "")


def either(names: Sequence[Message | str]) -> Message | str:
    """ "services or projects"."""
    found = names[0]
    for name in names[1:]:
        found = _("{one} or {other}", one=found, other=name)
    return found


def module_titles(request: Any) -> dict[str, Message | str]:
    """The titles under which permissions stand, by the first part of their names."""
    titles = {loaded.module.name: loaded.module.title for loaded in request.registry.portal.seam.modules}
    return {CORE: _("Account"), **titles}


def by_module(permissions: Iterable[Permission]) -> dict[str, list[Permission]]:
    """Permissions under the names of their modules, the core's last: what is bought stands before who manages it."""
    found: dict[str, list[Permission]] = {}
    for permission in permissions:
        found.setdefault(permission.name.partition(".")[0], []).append(permission)
    core = found.pop(CORE, None)
    return {**found, CORE: core} if core else found


def access_in_words(person: Person, labels: Mapping[str, str]) -> Message | str:
    """What somebody has: the name of the role, or single permissions by their `labels`."""
    member = person.membership
    if member is not None and member.role is None:
        held = sorted(member.permissions or ())
        known = [label for name, label in labels.items() if name in held]
        if not known:
            return plural("{n} permission", "{n} permissions", len(held))
        return _some(known[0], len(held) - 1)
    names = [role_name(role) for role in PORTAL_ROLES if role in person.roles]
    return names[0] if len(names) == 1 else _("{one} and {other}", one=names[0], other=names[-1])


def limit_in_words(limited: Limits | None, titles: Mapping[tuple[str, str], str]) -> Message | None:
    """Which records somebody sees only, by the title of the first one; None when they see all."""
    if limited is None:
        return None
    first = titles.get(min(limited, default=("", "")))
    if first is None:
        return plural("Sees {n} record only", "Sees {n} records only", len(limited))
    return _("Sees only {what}", what=_some(first, len(limited) - 1))


def _some(first: Message | str, more: int) -> Message | str:
    return plural("{first} and {n} more", "{first} and {n} more", more, first=first) if more > 0 else first


def why_in_words(person: Person, *, console: bool) -> Message:
    """Why somebody has access, for the provider's staff (`console`) or for the customer."""
    member = person.membership
    if member is not None:
        if member.invited_by:
            return _("Invited by {name}", name=member.invited_by)
        return _("Own rights")
    rule = person.rules[0]
    if rule.kind == "domain":
        return (
            _("Rule for {domain}", domain=rule.value)
            if console
            else _("By your provider, like everybody at {domain}", domain=rule.value)
        )
    return _("Rule for this address") if console else _("By your provider")


def readable(value: str) -> str:
    """A domain or an address, with the letters that it is read in when those aren't plain."""
    found = domains.look(value.rpartition("@")[2]).unicode
    return value if found is None else f"{value} ({found})"


def warnings_of(value: str) -> list[Message]:
    """What is odd about a rule's domain: letters of other scripts, and which domain it may be mistaken for."""
    look = domains.look(value.rpartition("@")[2])
    if look.unicode is None:
        return []
    found = [_("Reads “{unicode}”.", unicode=look.unicode)]
    scripts = list(dict.fromkeys(SCRIPTS.get(script, script.title()) for script in look.scripts))
    if look.mixed:
        found.append(_("Mixes {one} and {other} letters.", one=scripts[0], other=scripts[-1]))
    elif look.scripts != ("LATIN",):
        found.append(_("Written with {script} letters.", script=scripts[-1]))
    if look.twin is not None:
        found.append(_("Looks like {twin} and is not {twin}.", twin=look.twin))
    return found


def is_suspicious(value: str) -> bool:
    """Whether the domain of a rule's value may be mistaken for another one."""
    look = domains.look(value.rpartition("@")[2])
    return look.mixed or look.twin is not None


def last_day(expires_at: datetime | None, zone: str) -> Any:
    """The last local date on which something that ends at an instant still holds; None without an end."""
    return None if expires_at is None else local_date(expires_at - timedelta(microseconds=1), zone)
