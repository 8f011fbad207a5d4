"""Every route x every kind of visitor, compared with what the route was declared with.

Each test walks all ways and reports all that is wrong at once, a line per way.
"""

from __future__ import annotations

from typing import Any

from matrix_world import ABSENT, HOST, OPERATIONS, OTHER_HOST, World, undeclared, views_of


def alike(answer: Any) -> Any:
    """All of an answer but its request id."""
    return answer.status, answer.body, [item for item in answer.headers.items() if item[0] != "X-Request-Id"]


def cross_site(world: World, way: Any, key: str) -> None:
    """A form from elsewhere or without token never gets through, even with the best session."""
    visitor = world.visitor(world.keys[key])
    path = world.own(way)
    token = visitor.console_token() if way.info.area == "staff" else visitor.token()
    world.expect(way, "without form token", visitor.ask(way.method, path), 400)
    world.expect(way, "with a wrong token", visitor.ask(way.method, path, {"csrf_token": "0" * 64}), 400)
    wrong = {"Sec_Fetch_Site": ("cross-site", "same-site", "x"), "Origin": ("http://evil.test", "null", "http://[")}
    for header, values in wrong.items():
        for value in values:
            answer = visitor.ask(way.method, path, {"csrf_token": token}, **{header: value})
            world.expect(way, f"{header}: {value}", answer, 403)


def test_every_route_is_declared(world: World) -> None:
    static = {name for name, pattern in undeclared(world.app).items() if pattern.startswith(("/static/", "static/"))}
    unknown = set(undeclared(world.app)) - static - OPERATIONS
    assert not unknown, f"add these by config.add_portal_route or its sisters: {sorted(unknown)}"
    views = [item["introspectable"] for item in world.app.registry.introspector.get_category("views")]
    loose = [view["callable"] for view in views if not view["route_name"] and not view["context"] and view["name"]]
    assert not loose, f"views without a route: {loose}"


def test_no_view_names_a_permission_of_its_own(world: World) -> None:
    permissions = world.app.registry.introspector.get_category("permissions") or ()
    named = {item["introspectable"]["value"] for item in permissions}
    assert named <= {"riskportal.route", "__no_permission_required__"}


def test_every_route_has_a_view(world: World) -> None:
    assert not [name for name in world.app.registry.portal_routes if not views_of(world.app, name)]


def test_the_world_has_a_record_of_every_kind(world: World) -> None:
    wanted = {way.info.record for way in world.ways() if way.info.record}
    for group in (world.mine, world.foreign):
        assert wanted <= {kind for kind, owner in world.records if owner == group}


def test_portal_ways_by_visitor(world: World) -> None:
    keys = world.keys
    for way in world.ways("portal"):
        path, page = world.own(way), way.method == "GET"
        for who, key in {
            "nobody at all": None,
            "a session of the other tenant": keys["other owner, portal"],
            "an expired session": keys["owner, portal, expired"],
            "a staff session": keys["staff, staff"],
            "the owner's own staff session": keys["owner, staff"],
            "a made-up session": "x" * 43,
        }.items():
            world.to_sign_in(way, who, world.visitor(key).ask(way.method, path), wants_next=page)
        answer = world.visitor(keys["nobody, portal"]).ask(way.method, path)
        world.expect(way, "a member without permission", answer, 403)
        absent = world.visitor(keys["owner, portal"]).ask(way.method, way.address())
        for who, key, group in (
            ("a member of another bill group", "neighbour, portal", world.mine),
            ("the owner in another bill group", "owner, portal", world.neighbours),
            ("the owner in another tenant's", "owner, portal", world.foreign),
        ):
            address = way.address(group, world.record(way, world.mine))
            answer = world.visitor(keys[key]).ask(way.method, address)
            world.expect(way, who, answer, 404)
            if alike(answer) != alike(absent):
                world.problems.append(f"{way.name} as {who}: differs from an absent bill group")
        if not page and way.csrf:
            cross_site(world, way, "owner, portal")
        # Last, because it may remove the record.
        owner = world.visitor(keys["owner, portal"])
        body = None if page else {"csrf_token": owner.token()}
        answer = owner.ask(way.method, path, body)
        world.expect(way, "the owner", answer, range(200, 500) if way.open_ended or not page else way.fine)
    world.report()


def test_records_of_others_answer_as_absent_ones(world: World) -> None:
    """B1 and B2."""
    for way in world.ways("portal"):
        if way.info.record is None:
            continue
        owner = world.visitor(world.keys["owner, portal"])
        absent = owner.ask(way.method, way.address(world.mine))
        world.expect(way, "the owner, absent record", absent, 404)
        for group in (world.neighbours, world.foreign):
            if (way.info.record, group) not in world.records:
                continue
            answer = owner.ask(way.method, way.address(world.mine, world.record(way, group)))
            world.expect(way, "the owner, foreign record", answer, 404)
            if alike(answer) != alike(absent):
                world.problems.append(f"{way.name}: a foreign record answers unlike an absent one")
    world.report()


def test_staff_ways_by_visitor(world: World) -> None:
    keys = world.keys
    assert world.ways("staff")
    for way in world.ways("staff"):
        path, page = world.own(way), way.method == "GET"
        for who, key in {
            "nobody at all": None,
            "a customer": keys["owner, portal"],
            "staff in a portal session": keys["staff, portal"],
            "the other tenant's staff": keys["other staff, staff"],
            "an expired session": keys["staff, staff, expired"],
        }.items():
            world.to_sign_in(way, who, world.visitor(key).ask(way.method, path), wants_next=page)
        answer = world.visitor(keys["owner, staff"]).ask(way.method, path)
        world.expect(way, "a customer with a staff session", answer, 404)
        answer = world.visitor(keys["nobody, staff"]).ask(way.method, path)
        world.expect(way, "staff without permission", answer, 403)
        staff = world.visitor(keys["staff, staff"])
        if page:
            world.expect(way, "staff", staff.ask("GET", path), range(200, 500) if way.open_ended else way.fine)
        elif way.csrf:
            cross_site(world, way, "staff, staff")
        if way.info.record:
            absent = staff.ask(way.method, way.address())
            foreign = staff.ask(way.method, way.address(public_id=world.record(way, world.foreign)))
            world.expect(way, "staff, foreign record", foreign, 404)
            if alike(foreign) != alike(absent):
                world.problems.append(f"{way.name}: a foreign record answers unlike an absent one")
    world.report()


def test_api_ways_by_caller(world: World) -> None:
    assert world.ways("api")
    for way in world.ways("api"):
        path = world.own(way)

        def call(key: str | None, session: str | None = None, way: Any = way, path: str = path) -> Any:
            headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
            return world.visitor(session and world.keys[session]).ask(way.method, path, **headers)

        for who, answer in {
            "nobody": call(None),
            "a cookie of the owner": call(None, "owner, portal"),
            "a cookie of staff": call(None, "staff, staff"),
            "an unknown key": call("rp_" + "x" * 43),
            "a session token as key": call(world.keys["staff, staff"]),
            "an empty key": call(""),
            "junk": call("\xff\xfe"),
            "the other tenant's key": call(world.keys["other api"]),
        }.items():
            world.expect(way, who, answer, 401)
            if answer.headers.get("WWW-Authenticate") != "Bearer" or "json" not in answer.content_type:
                world.problems.append(f"{way.name} as {who}: {answer.content_type}, {answer.headers}")
        world.expect(way, "a key without permission", call(world.keys["api, nothing"]), 403)
        answer = call(world.keys["api"])
        world.expect(way, "a key", answer, range(200, 500) if way.open_ended else {200, 400})
        if answer.headers.getall("Set-Cookie"):
            world.problems.append(f"{way.name}: the API sets a cookie")
    world.report()


def test_public_ways(world: World) -> None:
    for way in world.ways("public"):
        visitor = world.visitor()
        path = way.address()
        if way.method == "GET":
            answer = visitor.ask("GET", path)
            world.expect(way, "anybody", answer, {200, 303, 404, 410} if way.open_ended else {200, 303, 404})
        elif way.csrf:
            world.expect(way, "without form token", visitor.ask(way.method, path), 400)
            token = visitor.token()
            evil = visitor.ask(way.method, path, {"csrf_token": token}, Origin="http://evil.test")
            world.expect(way, "another site", evil, 403)
            world.expect(way, "anybody", visitor.ask(way.method, path, {"csrf_token": token}), range(200, 500))
        else:
            world.problems.append(f"{way.name}: a form without CSRF check")
        world.expect(way, "an unknown host", world.visitor(host="nobody.test").ask(way.method, path), 404)
    world.report()


def test_a_module_that_is_off_has_no_address(world: World) -> None:
    for module in ("services", "billing", "dummy"):
        world.switch(module, False)
    for way in world.ways():
        if way.info.module == "core":
            continue
        key = {"portal": "owner, portal", "staff": "staff, staff"}.get(way.info.area)
        head = {"Authorization": f"Bearer {world.keys['api']}"} if way.info.area == "api" else {}
        visitor = world.visitor(key and world.keys[key])
        world.expect(way, "module off", visitor.ask(way.method, world.own(way), **head), 404)
        world.expect(way, "module off, anonymous", world.visitor().ask(way.method, world.own(way)), 404)
    world.report()
    # The other tenant keeps them.
    world.visitor(host=OTHER_HOST).test.get("/dummy/about", status=200)


def test_head_answers_like_get(world: World) -> None:
    keys = {"portal": "owner, portal", "staff": "staff, staff"}
    for way in world.ways("portal", "staff", "public"):
        if way.method != "GET":
            continue
        key = keys.get(way.info.area)
        visitor = world.visitor(key and world.keys[key])
        path = world.own(way)
        get, head = visitor.ask("GET", path), visitor.ask("HEAD", path)
        same = ("Content-Type", "Location", "Cache-Control", "Content-Security-Policy")
        if (
            head.body
            or head.status != get.status
            or [head.headers.get(n) for n in same] != [get.headers.get(n) for n in same]
        ):
            world.problems.append(f"{way.name}: HEAD answers {head.status}, GET {get.status}")
    world.report()


def test_operations_answer_on_any_host(world: World) -> None:
    for name in sorted(OPERATIONS):
        for host in (HOST, "nobody.test", ""):
            answer = world.visitor(host=host).ask("GET", f"/{name}")
            assert answer.status_int == 200, (name, host, answer.text)
            assert answer.content_type == "text/plain"
    assert not any(ABSENT in ids for ids in world.records.values())
    world.report()
