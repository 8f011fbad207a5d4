"""B15: every page of the portal in a preview, and every form of it; no row outside the audit log changes.

And what a preview shows is what the customer sees, word for word.
"""

from __future__ import annotations

import re

import pytest
from crawler import checksums, crawl, files_below
from matrix_world import FRAMED, OWNER, World

from riskportal.db.guard import Scope
from riskportal.identity.models import User
from riskportal.identity.sessions import open_session
from riskportal.plug.declarations import PORTAL_ROLES
from riskportal.testing import databases
from riskportal.testing.factories import Factory

# What differs by design: form tokens, and whose login it is.
PERSONAL = re.compile(r'(value="[0-9a-f]{64}"|[a-z]+@(preview.invalid|example.test))')


def pages(world: World) -> list[str]:
    """Every declared page of the portal with records of the owner's own."""
    return [world.own(way) for way in world.ways("portal") if way.method == "GET"]


def hollow(world: World) -> set[str]:
    """Those among them that answer 404, because their ids mean nothing."""
    return {
        world.own(way) for way in world.ways("portal") if way.method == "GET" and (way.open_ended or 404 in way.fine)
    }


@pytest.mark.parametrize("viewer", ["owner", "technical", OWNER])
def test_a_crawl_changes_nothing(world: World, viewer: str) -> None:
    """As an owner every link is followed; a person's preview differs on the declared pages only."""
    visitor, below = world.preview(viewer), f"/g/{world.mine}"
    database, files = world.portal.database, databases.run_folder() / "demo-files"
    before, files_before = checksums(database), files_below(files)
    found = crawl(lambda path: visitor.ask("GET", path), pages(world), below if viewer != OWNER else "nowhere")
    allowed = {200, 302, 303, 403} if viewer == "technical" else {200, 302, 303}
    odd = {path: status for path, status in found.statuses.items() if status not in allowed}
    assert odd.keys() <= hollow(world), odd
    assert len(found.statuses) > (200 if viewer == "owner" else 25)
    assert not [path for path in found.without_bar if not FRAMED.search(path)]
    forms = {action for action, method in found.forms if method == "POST" and action.startswith(below)}
    for action in forms | set(pages(world)):
        answer = visitor.ask("POST", action, {"csrf_token": visitor.token()})
        assert answer.status_int == 403
        assert b"This is a preview" in answer.body
    after = checksums(database)
    assert {name for name in before if before[name] != after[name]} <= {"audit_entries"}
    assert files_below(files) == files_before
    world.report()


@pytest.mark.parametrize("role", PORTAL_ROLES)
def test_a_role_s_preview_is_what_its_people_see(world: World, role: str) -> None:
    make = Factory(world.portal.database)
    email = f"{role}@example.test"
    with world.portal.database.session(Scope.system_wide("test")) as db:
        group = world.bill_group(db)
        db.expunge(group)
    make.rule(group, email, role)
    user = make.save(User(tenant_id=group.tenant_id, email=email))
    with world.portal.database.session(Scope.tenant_wide(group.tenant_id)) as db:
        now, lifetime = world.portal.clock.now(), world.portal.session_lifetime
        token = open_session(db, user, "portal", now, lifetime, None, None)[1]
    customer = world.visitor(token)
    seen = {path: customer.ask("GET", path) for path in pages(world)}
    for viewer in (role, email):
        looking = world.preview(viewer)
        for path, theirs in seen.items():
            shown = looking.ask("GET", path)
            assert (path, shown.status) == (path, theirs.status)
            if theirs.content_type != "text/html":
                assert shown.body == theirs.body, path
            elif theirs.status_int == 200 and "/account/" not in path:  # there, one's own login is what differs
                assert _main(shown.text) == _main(theirs.text), path
                assert _nav(shown.text) == _nav(theirs.text), path


def _main(page: str) -> str:
    return PERSONAL.sub("", page.partition("<main")[2].partition("</main>")[0])


def _nav(page: str) -> str:
    return page.partition('<nav class="nav"')[2].partition("</nav>")[0]
