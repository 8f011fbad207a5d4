"""Every route x everybody with rights, and with rights lost: roles, single permissions, limits, previews, proofs.

What each may do is computed from the declarations (matrix_people), never by the code that decides.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from matrix_people import SERVICE, Person, colleagues, members, session_of, singles
from matrix_world import HOST, OWNER, Visitor, Way, World
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.identity.models import User
from riskportal.security.cookies import PREVIEW, SESSION, STAFF

# What a page, or a sent form without its token, answers to somebody who may do this.
FINE = {200, 302, 303}
UNREADABLE = 400


def ask(world: World, way: Way, person: Person) -> None:
    """Compare one way's answer with what the person holds."""
    visitor = world.visitor(person.key)
    answer = visitor.ask(way.method, world.own(way))
    world.expect(way, person.who, answer, wanted(way, person))


def wanted(way: Way, person: Person) -> set[int]:
    if person.holds is None:
        return {404}
    if way.info.permission not in person.holds:
        # A limited person's session doesn't even find the other records.
        return {403, 404} if person.record and way.info.record else {403}
    if way.method != "GET":
        return {UNREADABLE} if way.csrf else set(range(200, 500)) - {403}
    return way.fine | (set(range(200, 500)) - {403} if way.open_ended else set())


def test_members_by_role_and_limit(world: World) -> None:
    people = members(world)
    for way in world.ways("portal"):
        for person in people:
            ask(world, way, person)
    world.report()


def test_members_by_single_permissions(world: World) -> None:
    """B19: each person asks for all that their permission opens, and for one way of every other permission."""
    ways = world.ways("portal")
    one_each = {(way.info.permission, way.method): way for way in ways}
    for person in singles(world):
        assert person.holds is not None
        mine = [way for way in ways if way.info.permission in person.holds and way not in one_each.values()]
        for way in (*one_each.values(), *mine):
            ask(world, way, person)
    world.report()


def test_a_limited_person_sees_one_record(world: World) -> None:
    limited = next(person for person in members(world) if person.record)
    visitor = world.visitor(limited.key)
    others = [public_id for public_id in world.records[SERVICE, world.mine] if public_id != limited.record]
    assert others
    ways = [way for way in world.ways("portal") if way.info.record == SERVICE]
    assert ways
    for way in ways:
        own = visitor.ask(way.method, way.address(world.mine, str(limited.record)))
        world.expect(way, "limited, own record", own, way.fine if way.method == "GET" else UNREADABLE)
        for public_id in others:
            hidden = visitor.ask(way.method, way.address(world.mine, public_id))
            world.expect(way, "limited, another record", hidden, 404)
            assert public_id.encode() not in own.body
    world.report()


def test_a_portal_that_is_off_or_over(world: World) -> None:
    keys = {"owner": world.keys["owner, portal"]}
    for change in ({"portal_enabled": False}, {"portal_enabled": True, "state": "closed"}):
        with world.portal.database.session(Scope.system_wide("test")) as db:
            group = world.bill_group(db)
            for name, value in change.items():
                setattr(group, name, value)
        for way in world.ways("portal"):
            for who, key in keys.items():
                answer = world.visitor(key).ask(way.method, world.own(way))
                world.expect(way, f"{who}, {change}", answer, 404)
    world.report()


def test_staff_by_role(world: World) -> None:
    people = colleagues(world)
    for way in world.ways("staff"):
        for person in people:
            ask(world, way, person)
    world.report()


def test_old_proofs_lead_to_the_page_that_asks_for_one(world: World) -> None:
    """Opening wants a proof of the last ten minutes, sending one of the last half hour."""
    doors = {"portal": f"/g/{world.mine}/account/confirm", "staff": "/staff/confirm"}
    with world.portal.database.session(Scope.tenant_wide(world.tenant.id)) as db:
        emails = {"portal": OWNER, "staff": "staff@riskito.example"}
        users = {area: db.scalars(select(User).where(User.email == email)).one() for area, email in emails.items()}
        keys = {
            (area, minutes): session_of(world, user, area, db, timedelta(minutes=minutes))
            for area, user in users.items()
            for minutes in (9, 11, 29, 31)
        }
    risky = [way for way in world.ways("portal", "staff") if way.info.step_up]
    assert {way.info.area for way in risky} == set(doors)
    for way in risky:
        for minutes in (9, 11, 29, 31):
            visitor = world.visitor(keys[way.info.area, minutes])
            answer = visitor.ask(way.method, world.own(way))
            fresh = minutes <= (10 if way.method == "GET" else 30)
            location = answer.headers.get("Location", "")
            asked = answer.status_int == 303 and location.startswith(f"http://{HOST}{doors[way.info.area]}?next=")
            if asked == fresh:
                world.problems.append(f"{way.name}, proved {minutes} minutes ago: {answer.status} {location}")
    for way in (way for way in risky if way.info.area == "portal"):
        # Who may not come there at all isn't asked for a proof first.
        world.expect(way, "nobody", world.visitor(world.keys["nobody, portal"]).ask(way.method, world.own(way)), 403)
    world.report()


def test_a_preview_on_every_way(world: World) -> None:
    """B15 and B16."""
    owner, looking = world.visitor(world.keys["owner, portal"]), world.preview("owner")
    for way in world.ways("portal"):
        path = world.own(way)
        if way.method == "GET":
            theirs = owner.ask("GET", path).status_int
            world.expect(way, "a preview", looking.ask("GET", path), {theirs} | (FINE if theirs in FINE else set()))
        for method in {way.method, "POST", "PUT", "PATCH", "DELETE"} - {"GET"}:
            answer = looking.ask(method, path, {"csrf_token": looking.token()})
            world.expect(way, f"a preview, {method}", answer, 403)
            if b"This is a preview" not in answer.body:
                world.problems.append(f"{way.name} in a preview, {method}: another page says no")
    alone = only(world, looking, PREVIEW + world.mine)
    for way in world.ways("staff"):
        world.to_sign_in(
            way, "a preview alone", alone.ask(way.method, world.own(way)), wants_next=way.method == "GET"
        )
    for way in world.ways("api"):
        world.expect(way, "a preview", looking.ask(way.method, world.own(way)), 401)
    for way in world.ways("portal"):
        world.expect(way, "a preview without its staff session", alone.ask(way.method, world.own(way)), 403)
        neighbours = way.address(world.neighbours, world.record(way, world.mine))
        answer = looking.ask(way.method, neighbours)
        world.to_sign_in(way, "a preview of another bill group", answer, wants_next=way.method == "GET")
    world.report()


def only(world: World, visitor: Visitor, name: str) -> Visitor:
    """Another browser with one cookie of this one."""
    other = world.visitor()
    other.test.set_cookie(name, visitor.test.cookies[name])
    return other


def test_each_area_reads_its_own_cookie(world: World) -> None:
    """A session of the one kind opens nothing in the other's cookie, and both sit side by side in one browser."""
    keys: dict[str, str] = world.keys

    def with_cookies(**tokens: str) -> Visitor:
        visitor = world.visitor()
        for name, token in tokens.items():
            visitor.test.set_cookie({"session": SESSION, "staff": STAFF}[name], token)
        return visitor

    strangers: dict[str, list[Any]] = {
        "portal": [{"staff": keys["owner, portal"]}, {"session": keys["staff, staff"]}],
        "staff": [{"session": keys["staff, staff"]}, {"staff": keys["staff, portal"]}],
    }
    both = with_cookies(session=keys["owner, portal"], staff=keys["staff, staff"])
    for area, wrong in strangers.items():
        for way in world.ways(area):
            path = world.own(way)
            for tokens in wrong:
                answer = with_cookies(**tokens).ask(way.method, path)
                world.to_sign_in(way, f"{tokens.keys()} of another kind", answer, wants_next=way.method == "GET")
            if way.method == "GET" and not way.open_ended:
                world.expect(way, "both sessions in one browser", both.ask("GET", path), way.fine)
    world.report()
