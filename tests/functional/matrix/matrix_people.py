"""People of the matrix: what each may do in the owner's bill group, told without the code that decides it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from matrix_world import World
from sqlalchemy.orm import Session

from riskportal.db.guard import Scope
from riskportal.identity.models import AccessRule, Membership, StaffMember, User
from riskportal.identity.sessions import open_session
from riskportal.plug.declarations import PORTAL_ROLES, STAFF_ROLES, Permission

SERVICE = "services.service"


@dataclass(frozen=True)
class Person:
    """`key` is a session's token; `holds` the permissions, None where the bill group is not there for them.

    `record` is the public id of the only service that a limited person sees.
    """

    who: str
    key: str
    holds: frozenset[str] | None
    record: str | None = None


def declared(world: World, area: str) -> list[Permission]:
    return [permission for permission in world.portal.seam.permissions.values() if permission.area == area]


def of_role(world: World, area: str, role: str) -> frozenset[str]:
    """What a role holds as declared."""
    return frozenset(
        p.name for p in declared(world, area) if p.personal or role == "owner" or role in p.default_roles
    )


def members(world: World) -> list[Person]:
    """One person for every way of having rights in the owner's bill group, and of having lost them."""
    with world.portal.database.session(Scope.tenant_wide(world.tenant.id)) as db:
        return list(_members(world, db))


def singles(world: World) -> list[Person]:
    """One person for every permission of the portal, who holds that one and what everybody holds."""
    personal = frozenset(p.name for p in declared(world, "portal") if p.personal)
    people = []
    with world.portal.database.session(Scope.tenant_wide(world.tenant.id)) as db:
        for number, permission in enumerate(p for p in declared(world, "portal") if not p.personal):
            person = _person(world, db, f"single{number}@example.test", personal | {permission.name})
            _membership(world, db, f"single{number}@example.test", permissions=[permission.name])
            people.append(Person(f"only {permission.name}", person.key, person.holds))
    return people


def colleagues(world: World) -> list[Person]:
    """One staff member of each role."""
    with world.portal.database.session(Scope.tenant_wide(world.tenant.id)) as db:
        people = []
        for role in STAFF_ROLES:
            user, key = _user(world, db, f"{role}@staff.example.test", "staff")
            db.add(StaffMember(tenant_id=user.tenant_id, user_id=user.id, role=role))
            people.append(Person(f"staff: {role}", key, of_role(world, "staff", role)))
        return people


def _members(world: World, db: Session) -> Iterator[Person]:
    now = world.portal.clock.now()
    past, future = now - timedelta(seconds=1), now + timedelta(days=1)
    for role in PORTAL_ROLES:
        yield _person(world, db, f"{role}@example.test", of_role(world, "portal", role), f"member: {role}")
        _membership(world, db, f"{role}@example.test", role=role, expires_at=future)
    own = world.records[SERVICE, world.mine][0]
    kept = frozenset(p.name for p in declared(world, "portal") if p.personal or p.record_kind == SERVICE)
    yield _person(world, db, "limited@example.test", kept, "an owner limited to one service", own)
    _membership(world, db, "limited@example.test", role="owner", limited_to=[[SERVICE, own]])
    yield _person(world, db, "revoked@example.test", None, "revoked")
    _membership(world, db, "revoked@example.test", role="owner", revoked_at=now)
    yield _person(world, db, "over@example.test", None, "expired")
    _membership(world, db, "over@example.test", role="owner", expires_at=now)
    _rule(world, db, "domain", "company.test", "owner")
    yield _person(world, db, "anybody@company.test", of_role(world, "portal", "owner"), "by a domain's rule")
    yield _person(world, db, "out@company.test", None, "revoked, under a domain's rule")
    _membership(world, db, "out@company.test", role="owner", revoked_at=now)
    yield _person(world, db, "x@sub.company.test", None, "of a subdomain")
    yield _person(world, db, "info@company.test", None, "a shared mailbox under a domain's rule")
    for kind, value, email in (
        ("email", "late@example.test", "late@example.test"),
        ("domain", "late.test", "x@late.test"),
    ):
        _rule(world, db, kind, value, "owner", past)
        yield _person(world, db, email, None, f"an expired rule for {value}")


def _person(
    world: World, db: Session, email: str, holds: frozenset[str] | None, who: str = "", record: str | None = None
) -> Person:
    return Person(who, _user(world, db, email, "portal")[1], holds, record)


def _user(world: World, db: Session, email: str, kind: str) -> tuple[User, str]:
    user = User(tenant_id=world.tenant.id, email=email)
    db.add(user)
    db.flush()
    return user, session_of(world, user, kind, db)


def session_of(world: World, user: User, kind: str, db: Session, proved_before: timedelta = timedelta()) -> str:
    """The token of a new session, whose last proof was that long ago."""
    portal = world.portal
    now = portal.clock.now()
    row, token = open_session(db, user, kind, now, portal.session_lifetime, None, None)
    row.proved_at = now - proved_before
    return token


def _membership(world: World, db: Session, email: str, **values: Any) -> None:
    group = world.bill_group(db)
    db.add(Membership(tenant_id=group.tenant_id, bill_group_id=group.id, email=email, **values))


def _rule(world: World, db: Session, kind: str, value: str, role: str, until: Any = None) -> None:
    group = world.bill_group(db)
    owner = {"tenant_id": group.tenant_id, "bill_group_id": group.id}
    db.add(AccessRule(**owner, kind=kind, value=value, role=role, expires_at=until))
