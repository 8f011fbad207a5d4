"""Who may see what, as a reader of the design would write it down: the model that the access machine checks against.

Nothing here comes from the code under test but what modules declare.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from riskportal.plug.declarations import Permission

MANAGE = "core.people.manage"
SHARED = ("info",)
Limits = frozenset[tuple[str, str]]


def outlasts(end: datetime | None, other: datetime | None) -> bool:
    """Whether something that ends at `end` (None: never) lasts at least as long as something that ends at `other`."""
    return end is None or (other is not None and other <= end)


def mailbox(email: str) -> str:
    """The address without its tag."""
    local, _, domain = email.partition("@")
    return f"{local.partition('+')[0]}@{domain}"


@dataclass(frozen=True)
class Rule:
    """A rule of a bill group."""

    kind: str
    value: str
    role: str
    end: datetime | None

    def fits(self, email: str) -> bool:
        local, _, domain = email.partition("@")
        return email == self.value if self.kind == "email" else domain == self.value and local not in SHARED


@dataclass(frozen=True)
class Own:
    """Somebody's own rights."""

    role: str | None
    permissions: frozenset[str]
    limits: Limits | None
    end: datetime | None
    revoked: bool = False


@dataclass
class Group:
    """A bill group: its doors, and the records in it as (kind, public id)."""

    records: Limits
    open: bool = True
    rules: dict[str, Rule] = field(default_factory=dict)
    own: dict[str, Own] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """What somebody may do in a bill group, and the records that they see; None limits means all."""

    permissions: frozenset[str]
    records: Limits


@dataclass
class Model:
    """The whole tenant. `known` are the addresses that have signed in."""

    declared: Mapping[str, Permission]
    groups: list[Group]
    known: frozenset[str]
    now: datetime
    edits: dict[tuple[str, str], bool] = field(default_factory=dict)

    def of_role(self, role: str) -> frozenset[str]:
        """What a role may do, edited by the tenant."""
        portal = [p for p in self.declared.values() if p.area == "portal"]
        held = {p.name for p in portal if role == "owner" or p.personal or role in p.default_roles}
        for (edited, name), granted in self.edits.items():
            if edited == role:
                held = held | {name} if granted else held - {name}
        return frozenset(held)

    def coming_to(self, role: str | None, single: frozenset[str], limits: Limits | None) -> frozenset[str]:
        """What a role or single permissions come to within limits."""
        personal = {p.name for p in self.declared.values() if p.area == "portal" and p.personal}
        held = self.of_role(role) if role else single | personal
        if limits is None:
            return frozenset(held)
        kinds = {kind for kind, _record in limits}
        return frozenset(name for name in held if name in personal or self.declared[name].record_kind in kinds)

    def seen(self, email: str, number: int) -> Seen | None:
        """What somebody sees of a bill group now; None when they are out."""
        group = self.groups[number]
        if not group.open:
            return None
        own = group.own.get(email)
        if own is not None:
            if own.revoked or self.over(own.end):
                return None
            records = group.records if own.limits is None else own.limits & group.records
            return Seen(self.coming_to(own.role, own.permissions, own.limits), records)
        roles = [rule.role for rule in self.rules_for(email, number) if not self.over(rule.end)]
        if not roles:
            return None
        return Seen(frozenset().union(*map(self.of_role, roles)), group.records)

    def rules_for(self, email: str, number: int) -> list[Rule]:
        """The rules for an address. A tag opens no second door to a mailbox where another address has own rights."""
        group = self.groups[number]
        others = {mailbox(own) for own in group.own if own != email}
        found = [rule for rule in group.rules.values() if rule.fits(email)]
        return [rule for rule in found if rule.kind == "email" or "+" not in email or mailbox(email) not in others]

    def over(self, end: datetime | None) -> bool:
        """Whether an end has come."""
        return end is not None and end <= self.now

    def rule_refused(self, number: int, kind: str, value: str) -> bool:
        """Whether a new rule overlaps one that is there, or is for somebody with own rights."""
        group = self.groups[number]
        if value in group.rules:
            return True
        new = Rule(kind, value, "viewer", None)
        if kind == "email":
            return value in group.own or any(rule.fits(value) for rule in group.rules.values())
        return any(rule.kind == "email" and new.fits(rule.value) for rule in group.rules.values())

    def person(self, email: str, number: int) -> Own | None:
        """What somebody has or had: own rights, or those of the rules that are for them."""
        group = self.groups[number]
        if email in group.own:
            return group.own[email]
        fitting = self.rules_for(email, number)
        alive = [rule for rule in fitting if not self.over(rule.end)] or fitting
        # Rules never overlap, so that there is one at most.
        return Own(alive[0].role, frozenset(), None, alive[0].end) if alive else None

    def invitation_refused(self, email: str, number: int, rights: Own, by: str | None) -> bool:
        """Whether an invitation by somebody (None: staff) is refused."""
        group, person = self.groups[number], self.person(email, number)
        only_domain = email not in group.own and email not in group.rules and email not in self.known
        ended_by_rule = person is not None and email not in group.own and self.over(person.end)
        if person is not None and not ended_by_rule and (self.over(person.end) or not only_domain):
            return True
        return self.beyond(person, number, by) or self.rights_refused(rights, number, by)

    def rights_refused(
        self, rights: Own, number: int, by: str | None, before: Own | None = None, *, may_be_over: bool = False
    ) -> bool:
        """Whether rights say nothing, end before they begin, or are more than whoever gives them has."""
        given = self.coming_to(rights.role, rights.permissions, rights.limits)
        empty = not any(not self.declared[name].personal for name in given)
        late = not may_be_over and self.over(rights.end) and (before is None or rights.end != before.end)
        whole = self.coming_to(rights.role, rights.permissions, None)
        return empty or late or self._more(whole, number, by) or self._longer(rights, whole, number, by, before)

    def _longer(self, rights: Own, whole: frozenset[str], number: int, by: str | None, before: Own | None) -> bool:
        """Whether rights outlast those of whoever gives them; what only gets less may keep its end."""
        giver = self.person(by, number) if by is not None else None
        if giver is None or outlasts(giver.end, rights.end):
            return False
        less = before is not None and whole <= self.coming_to(before.role, before.permissions, None)
        return not (less and before is not None and rights.end == before.end)

    def change_refused(self, email: str, number: int, rights: Own, by: str | None) -> bool:
        """Whether somebody's rights can't be changed like this."""
        person = self.person(email, number)
        if person is None or person.revoked or self.beyond(person, number, by) or email == by:
            return True
        if self.rights_refused(rights, number, by, person):
            return True
        return not self._stays_owner(person, rights) and self._is_last_owner(email, number, by)

    def following_refused(self, email: str, number: int, by: str | None) -> bool:
        """Whether somebody's own rights can't be forgotten, so that a rule decides."""
        person = self.person(email, number)
        if person is None or self.beyond(person, number, by) or email == by or email not in self.groups[number].own:
            return True
        rule = next((rule for rule in self.rules_for(email, number) if not self.over(rule.end)), None)
        if rule is None:
            return True
        after, had = Own(rule.role, frozenset(), None, rule.end), None if person.revoked else person
        if self.beyond(after, number, by) or self._longer(after, self.of_role(rule.role), number, by, had):
            return True
        return not self._stays_owner(person, after) and self._is_last_owner(email, number, by)

    def _stays_owner(self, before: Own, after: Own) -> bool:
        return after.role == "owner" and after.limits is None and outlasts(after.end, before.end)

    def revocation_refused(self, email: str, number: int, by: str | None) -> bool:
        """Whether somebody's access can't be taken away."""
        person = self.person(email, number)
        return person is None or self.beyond(person, number, by) or email == by or (
            not person.revoked and self._is_last_owner(email, number, by)
        )  # fmt: skip

    def owners(self, number: int) -> set[str]:
        """Those who look after a bill group: owners of all of it, who have signed in."""
        group = self.groups[number]
        found = set()
        for email in self.known:
            person = self.person(email, number)
            if person is None or person.revoked or self.over(person.end) or person.limits is not None:
                continue
            if person.role == "owner":
                found.add(email)
        return found if group else set()

    def revoke(self, email: str, number: int) -> None:
        """Somebody is out."""
        person = self.person(email, number)
        assert person is not None
        self.groups[number].own[email] = replace(person, revoked=True)

    def _is_last_owner(self, email: str, number: int, by: str | None) -> bool:
        """Whether nobody else is an owner for as long as this one."""
        owners = self.owners(number)
        if by is None or email not in owners:
            return False
        ends = {owner: found.end for owner in owners if (found := self.person(owner, number)) is not None}
        return not any(outlasts(end, ends[email]) for owner, end in ends.items() if owner != email)

    def beyond(self, person: Own | None, number: int, by: str | None) -> bool:
        """Whether a person has more than whoever acts, who then lets them alone."""
        return person is not None and self._more(self.coming_to(person.role, person.permissions, None), number, by)

    def _more(self, permissions: frozenset[str], number: int, by: str | None) -> bool:
        """Whether somebody lacks any of these, or may not manage people at all; staff lack nothing."""
        if by is None:
            return False
        seen = self.seen(by, number)
        return seen is None or MANAGE not in seen.permissions or not permissions <= seen.permissions
