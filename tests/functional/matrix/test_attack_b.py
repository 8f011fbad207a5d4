"""Attacks on authorisation, tenancy and preview: the rows B of the attack list, one test or more for each.

Rows with tests of their own elsewhere: B9 also in people/test_limited_person, B10 to B14 in
unit/identity/test_rules and people/test_access_page, B15 to B17 in test_preview, test_preview_crawl and
unit/db/test_sealed. B7 (live channels) and B8 (tickets by mail) come with what they attack.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from crawler import checksums, crawl
from matrix_people import members, singles
from matrix_world import ABSENT, HOST, OTHER_HOST, OWNER, Visitor, World
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.identity.models import AccessRule, Membership, User, UserSession
from riskportal.security.cookies import SESSION, STAFF
from riskportal_billing.models import Invoice

PUBLIC_ID = re.compile(r"[2-9b-z]{20}\Z")


def addresses_of(world: World, key: str, group: str) -> list[str]:
    """Every address below a bill group's portal that its own people are led to."""
    visitor = world.visitor(world.keys[key])
    start = [way.address(group, world.records.get((str(way.info.record), group), [ABSENT])[0])
             for way in world.ways("portal") if way.method == "GET"]  # fmt: skip
    found = crawl(lambda path: visitor.ask("GET", path), start, f"/g/{group}")
    return sorted(path for path, status in found.statuses.items() if status in (200, 302, 303))


def sizes(world: World, *but: str) -> dict[str, str]:
    """Checksums of all tables but those."""
    return {name: sum_ for name, sum_ in checksums(world.portal.database).items() if name not in but}


def test_another_customers_pages_and_files(world: World) -> None:
    """B1: every object of B as A (pages, PDF, mails, files) answers as an absent one, under B's address and A's."""
    owner = world.visitor(world.keys["owner, portal"])
    paths = addresses_of(world, "neighbour, portal", world.neighbours)
    assert len(paths) > 40
    assert any(path.endswith(".pdf") for path in paths)
    absent = owner.ask("GET", f"/g/{ABSENT}/").body
    theirs = {
        public_id for (_kind, group), ids in world.records.items() if group == world.neighbours for public_id in ids
    }
    for path in paths:
        answer = owner.ask("GET", path)
        assert answer.status_int == 404, path
        assert answer.body == absent, path
        mine = path.replace(world.neighbours, world.mine)
        if any(public_id in mine for public_id in theirs):
            assert owner.ask("GET", mine).status_int == 404, mine


def test_another_customers_rows(world: World) -> None:
    """B2: no method changes an object of B for A, and none of its rows differs afterwards."""
    owner = world.visitor(world.keys["owner, portal"])
    token, before = owner.token(), sizes(world)
    for way in world.ways("portal"):
        record = world.records.get((str(way.info.record), world.neighbours), [ABSENT])[0]
        for path in {way.address(world.neighbours, record), way.address(world.mine, record)}:
            if way.info.record is None and path.startswith(f"/g/{world.mine}/"):
                continue
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                answer = owner.ask(method, path, {"csrf_token": token})
                world.expect(way, f"{method} {path}", answer, 404)
    world.report()
    assert sizes(world) == before


@pytest.mark.parametrize("area", ["portal", "staff"])
def test_references_to_what_is_anothers(world: World, area: str) -> None:
    """B3: every form with an id in it, sent with an id of another customer or tenant: refused, nothing made."""
    visitor = world.visitor(world.keys["owner, portal" if area == "portal" else "staff, staff"])
    groups = {world.neighbours, world.foreign} if area == "portal" else {world.foreign}
    foreign = sorted({ids[0] for (_kind, group), ids in world.records.items() if group in groups})
    before, tried = sizes(world), 0
    for way in world.ways(area):
        if way.method != "GET":
            continue
        page = visitor.test.get(world.own(way), status="*")
        if page.status_int != 200 or page.content_type != "text/html":
            continue
        for form in page.html.find_all("form", method=re.compile("post", re.IGNORECASE)):
            fields = _fields(form)
            for place, (name, value) in enumerate(fields):
                if not PUBLIC_ID.match(value):
                    continue
                for public_id in foreign:
                    forged = [*fields[:place], (name, public_id), *fields[place + 1 :]]
                    answer = visitor.ask("POST", form.get("action") or world.own(way), urlencode(forged).encode())
                    tried += 1
                    assert answer.status_int in (400, 403, 404), (way.name, name, answer.status, forged)
    assert tried
    assert sizes(world) == before


def _fields(form: Any) -> list[tuple[str, str]]:
    """What a browser would send, every choice of a select and every tick among it."""
    fields = []
    for tag in form.find_all(["input", "textarea", "option", "button"]):
        name = tag.get("name") or (tag.name == "option" and tag.find_parent("select").get("name"))
        if name:
            value = tag.get("value", tag.text if tag.name in ("textarea", "option") else "")
            fields.append((str(name), "x" if not value and tag.get("type") == "text" else str(value)))
    # One choice of a select is enough, and one button.
    return list({(name if name not in ("__start__", "__end__", "checkbox") else (name, i)): (name, value)
                 for i, (name, value) in enumerate(fields)}.values())  # fmt: skip


def test_a_session_and_ids_of_one_tenant_at_the_other(world: World) -> None:
    """B4: neither a cookie nor an id of tenant 1 means anything at tenant 2's address."""
    for key in ("owner, portal", "staff, staff"):
        stranger = world.visitor(world.keys[key], host=OTHER_HOST)
        for path in (f"/g/{world.foreign}/", f"/g/{world.mine}/", "/staff", "/"):
            answer = stranger.ask("GET", path)
            assert answer.status_int == 303, path
            assert "/sign-in" in answer.location
    for key, area in (("other owner, portal", "portal"), ("other staff, staff", "staff")):
        theirs = world.visitor(world.keys[key], host=OTHER_HOST)
        for way in world.ways(area):
            if way.info.record:
                answer = theirs.ask(way.method, way.address(world.foreign, world.record(way, world.mine)))
                world.expect(way, f"{key}, an id of tenant 1", answer, 404)
    world.report()


def test_exports_and_files(world: World) -> None:
    """B5: mail contents and attachments of B, and what an export holds, by an id that A knows."""
    owner, staff = world.visitor(world.keys["owner, portal"]), world.visitor(world.keys["staff, staff"])
    mail = world.records["core.mail", world.neighbours][0]
    for below in ("", "/content", "/files/0", "/files/1", "/again"):
        for group in (world.mine, world.neighbours):
            assert owner.ask("GET", f"/g/{group}/account/emails/{mail}{below}").status_int == 404
        foreign = world.records["core.mail", world.foreign][0]
        assert staff.ask("GET", f"/staff/emails/{foreign}{below}").status_int == 404
    export = staff.ask("POST", "/staff/audit/export", {"csrf_token": staff.console_token()})
    assert export.status_int == 200
    for name in (world.other_tenant.name, world.foreign, "harbour.example"):
        assert name not in export.text


def test_search_tells_nothing_of_others(world: World) -> None:
    """B6: invoice numbers, names and wildcards of B find nothing for A, and change no count."""
    with world.portal.database.session(Scope.system_wide("test"), write=False) as db:
        mine = world.bill_group(db)
        numbers = list(
            db.scalars(select(Invoice.number).where(Invoice.bill_group_id != mine.id, Invoice.number.is_not(None)))
        )
        own = set(db.scalars(select(Invoice.number).where(Invoice.bill_group_id == mine.id)))
    others = sorted({number for number in numbers if number and number not in own})
    assert len(others) > 5
    here = f"/g/{world.mine}"
    owner, staff = world.visitor(world.keys["owner, portal"]), world.visitor(world.keys["staff, staff"])
    for query in (
        others[0],
        others[-1],
        world.neighbours,
        world.foreign,
        "nele@ankerplatz.example",
        "%",
        "_",
        "*",
        "' OR '1'='1",
    ):
        for page in ("search", "billing/invoices", "account/emails", "account/people"):
            text = owner.ask("GET", f"{here}/{page}?{urlencode({'q': query})}").text
            echoed = text.replace(query, "")
            for secret in (*others, world.neighbours, world.foreign, "ankerplatz", "lantern-press"):
                assert secret not in echoed or secret in query, (page, query, secret)
    counts = [
        re.findall(
            r"<small>(\d+)</small>", owner.ask("GET", f"{here}/billing/invoices?{urlencode({'q': query})}").text
        )
        for query in (others[0], "nothing like it")
    ]
    assert counts[0] == counts[1]
    for query in ("Lantern", "orla", world.foreign):
        text = staff.ask("GET", f"/staff/search?{urlencode({'q': query})}").text.replace(query, "")
        for secret in (world.foreign, "lantern-press", "Press"):
            assert secret not in text, query


def test_two_bill_groups_of_one_person(world: World) -> None:
    """B9: an object of group 2 isn't there under the address of group 1, though both are the reader's."""
    with world.portal.database.session(Scope.tenant_wide(world.tenant.id)) as db:
        group = db.scalars(select(AccessRule).where(AccessRule.value == "nele@ankerplatz.example")).first()
        assert group is not None
        db.add(Membership(bill_group_id=group.bill_group_id, email=OWNER, role="owner"))
    owner = world.visitor(world.keys["owner, portal"])
    for way in world.ways("portal"):
        if (str(way.info.record), world.neighbours) not in world.records or way.method != "GET" or way.open_ended:
            continue
        theirs = world.record(way, world.neighbours)
        world.expect(way, "under its own address", owner.ask("GET", way.address(world.neighbours, theirs)), way.fine)
        world.expect(way, "under the other's", owner.ask("GET", way.address(world.mine, theirs)), 404)
    world.report()


@pytest.mark.parametrize(
    ("email", "in_"),
    [
        ("x@company.test", True), ("x+shop@company.test", True), ("x@sub.company.test", False),
        ("x@company.test.evil.test", False), ("x@evilcompany.test", False), ("x@company.tes", False),
    ],
)  # fmt: skip
def test_a_domain_is_that_very_domain(
    browser: Any, signed_in: Any, make: Any, bill_group: Any, tenant: Any, email: str, in_: bool
) -> None:
    """B10 and B13: equal domains only, and a plus address is an address of its own."""
    make.rule(bill_group, "company.test", "viewer", kind="domain")
    visitor = signed_in(browser(), make.user(tenant, email))
    visitor.get(f"/g/{bill_group.public_id}/", status=200 if in_ else 404)


@pytest.mark.parametrize("typed", ["x@COMPANY.test", "x@company.test.", " X@Company.Test "])
def test_spellings_of_a_domain(
    testapp: Any, make: Any, bill_group: Any, typed: str, run_jobs: Any, outbox: Any
) -> None:
    """B10: capitals and a last dot are the same domain; the mail goes to the stored form."""
    make.rule(bill_group, "company.test", "viewer", kind="domain")
    form = testapp.get("/sign-in").forms["sign-in"]
    form["email"] = typed
    form.submit("send")
    run_jobs()
    run_jobs()
    assert [mail["To"].rpartition("@")[2].strip("> ") for mail in outbox()] == ["company.test"]


def test_a_preview_and_the_console(world: World) -> None:
    """B16: beside a preview the console and the API answer to their own keys alone; it opens no page of theirs."""
    looking = world.preview("owner")
    for name in (STAFF, SESSION):
        if name in looking.test.cookies:
            looking.test.cookiejar.clear(f"{HOST}", "/", name)
    for path in ("/staff", "/staff/customers", f"/staff/bill-groups/{world.mine}/preview"):
        assert "/staff/sign-in" in looking.ask("GET", path).location
    assert looking.ask("GET", "/api/v1/dummy/notes").status_int == 401


def test_function_levels(world: World) -> None:
    """B18: a customer at the console's addresses, with every header that claims another address or method."""
    owner = world.visitor(world.keys["owner, portal"])
    token = owner.token()
    for way in world.ways("staff"):
        path = world.own(way)
        for headers in ({}, {"X_Original_URL": "/"}, {"X_Rewrite_URL": "/"}, {"X_HTTP_Method_Override": "GET"}):
            answer = owner.ask(way.method, path, {"csrf_token": token, "_method": "GET"}, **headers)
            world.to_sign_in(way, f"a customer, {headers}", answer, wants_next=way.method == "GET")
    for header in ("X_Original_URL", "X_Rewrite_URL", "X_Forwarded_Path"):
        answer = owner.ask("GET", f"/g/{world.mine}/", **{header: "/staff/customers"})
        assert b"/staff/" not in answer.body
    world.report()


def test_single_functions(world: World) -> None:
    """B19: who may see invoices only opens no service, mail or setting, nor are they led there or told of them."""
    person = next(person for person in singles(world) if person.who == "only billing.invoice.read")
    visitor = world.visitor(person.key)
    home = visitor.ask("GET", f"/g/{world.mine}/")
    for page in (
        "services",
        "account/emails",
        "account/people",
        "account/details",
        "account/contacts",
        "billing/payments",
    ):
        assert visitor.ask("GET", f"/g/{world.mine}/{page}").status_int == 403
        assert f'href="/g/{world.mine}/{page}"' not in home.text
    service = world.records["services.service", world.mine][0]
    assert service not in home.text
    assert visitor.ask("GET", f"/g/{world.mine}/billing").status_int == 200


def test_no_shared_cache_keeps_a_page(world: World) -> None:
    """B20: personal answers are private and vary by cookie; the same address shows each their own."""
    keys = {"portal": "owner, portal", "staff": "staff, staff"}
    for way in world.ways("portal", "staff"):
        answer = world.visitor(world.keys[keys[way.info.area]]).ask(way.method, world.own(way))
        if "private, no-store" not in answer.headers["Cache-Control"] or "Cookie" not in answer.headers.get(
            "Vary", ""
        ):
            world.problems.append(
                f"{way.name}: {answer.headers['Cache-Control']}, varies by {answer.headers.get('Vary')}"
            )
    first = world.visitor(world.keys["owner, portal"]).ask("GET", "/").location
    second = world.visitor(world.keys["neighbour, portal"]).ask("GET", "/").location
    assert first != second
    world.report()


def test_a_rule_that_goes_while_its_user_is_in(world: World) -> None:
    """A18: the next request is outside; A17: signing out and disabling end a session at once, and for good."""
    people = {person.who: person for person in members(world)}
    by_domain = people["by a domain's rule"]
    home = f"/g/{world.mine}/"
    visitor = world.visitor(by_domain.key)
    assert visitor.ask("GET", home).status_int == 200
    with world.portal.database.session(Scope.tenant_wide(world.tenant.id)) as db:
        db.delete(db.scalars(select(AccessRule).where(AccessRule.value == "company.test")).one())
    assert visitor.ask("GET", home).status_int == 404
    owner = world.visitor(world.keys["owner, portal"])
    assert owner.ask("GET", home).status_int == 200
    assert owner.ask("POST", "/sign-out", {"csrf_token": owner.token()}).status_int == 303
    assert _replayed(world, "owner, portal", home) == 303
    with world.portal.database.session(Scope.tenant_wide(world.tenant.id)) as db:
        user = db.scalars(select(User).where(User.email == "nele@ankerplatz.example")).one()
        user.disabled_at = world.portal.clock.now()
        assert db.scalars(select(UserSession).where(UserSession.user_id == user.id)).all()
    assert _replayed(world, "neighbour, portal", f"/g/{world.neighbours}/") == 303


def _replayed(world: World, key: str, path: str) -> int:
    visitor: Visitor = world.visitor(world.keys[key])
    return int(visitor.ask("GET", path).status_int)
