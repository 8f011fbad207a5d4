"""What somebody may do in a bill group: a role or single permissions, perhaps of single records only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from riskportal.identity.access import limits_of
from riskportal.identity.models import Membership
from riskportal.plug.declarations import Permission
from riskportal.tenancy.services import TenantConfig

Limits = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Rights:
    """What a membership gives: either `role` or `permissions`.

    `limited_to` holds (kind, public id) of the only records to see, None for all; `expires_at` (UTC) is when it
    ends, None for never.
    """

    role: str | None
    permissions: frozenset[str] = frozenset()
    limited_to: Limits | None = None
    expires_at: datetime | None = None

    @property
    def mark(self) -> str:
        """What stands for these rights in a form's hidden field, to notice that somebody has changed them since."""
        limits = None if self.limited_to is None else sorted(self.limited_to)
        end = self.expires_at.isoformat() if self.expires_at is not None else None
        text = json.dumps([self.role, sorted(self.permissions), limits, end])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def roles(self) -> frozenset[str]:
        """The role, if there is one."""
        return frozenset({self.role} if self.role else ())


@dataclass(frozen=True)
class Powers:
    """What roles and permissions come to, for one tenant: its edited roles, and what modules declare."""

    config: TenantConfig
    declared: Mapping[str, Permission]

    def of(self, roles: Iterable[str], single: Collection[str], limited_to: Limits | None) -> frozenset[str]:
        """The permissions of roles or single ones, with the personal ones, within the limits.

        With a limit only those remain that are about records of its kinds, and the personal ones.
        """
        held = {name for role in roles for name in self.config.role_permissions("portal", role)}
        if single:
            held |= {p.name for p in self.declared.values() if _portal(p) and (p.personal or p.name in single)}
        if limited_to is not None:
            kinds = {kind for kind, _public_id in limited_to}
            held = {name for name in held if self._remains(name, kinds)}
        return frozenset(held)

    def given(self, rights: Rights) -> frozenset[str]:
        """What these rights come to."""
        return self.of(rights.roles, rights.permissions, rights.limited_to)

    def full(self, rights: Rights) -> frozenset[str]:
        """What they would come to without their limit: a limit can be lifted later."""
        return self.of(rights.roles, rights.permissions, None)

    def single(self) -> list[Permission]:
        """The permissions of the portal that can be given one by one, of modules that are on, as declared."""
        return [
            p for p in self.declared.values()
            if _portal(p) and not p.personal and self.config.module_on(p.name.partition(".")[0])
        ]  # fmt: skip

    def _remains(self, name: str, kinds: set[str]) -> bool:
        permission = self.declared[name]
        return permission.personal or permission.record_kind in kinds


def rights_of(member: Membership) -> Rights:
    """What a membership gives."""
    return Rights(member.role, frozenset(member.permissions or ()), limits_of(member), member.expires_at)


def _portal(permission: Permission) -> bool:
    return permission.area == "portal"
