"""Somebody who is limited to one record sees that one, and nothing else on any page (security.md B6, B9, B19)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import webtest
from sqlalchemy import select

from riskportal.app import Portal
from riskportal.customers.models import BillGroup, Contact
from riskportal.db.guard import Scope
from riskportal.identity.models import AccessRule, Membership, User
from riskportal.identity.sessions import open_session
from riskportal.security.cookies import SESSION
from riskportal_billing.models import Invoice, Payment
from riskportal_services.models import Milestone, Project, Service

EMAIL = "freelancer@elsewhere.example"
MOST_PAGES = 60


@dataclass(frozen=True)
class World:
    """A demo customer with everything; `service` and `project` are what the freelancer may be limited to."""

    group: BillGroup
    service: Service
    other_service: Service
    project: Project
    other_project: Project
    milestone: Milestone
    invoice: Invoice
    secrets: frozenset[str]


@pytest.fixture
def world(loaded_demo: Portal) -> World:
    with loaded_demo.database.session(Scope.system_wide("test"), write=False) as db:
        rule = db.scalar(select(AccessRule).where(AccessRule.value == "mara@northwind.example"))
        group = db.get_one(BillGroup, rule.bill_group_id)

        def all_of(model: Any) -> list[Any]:
            return list(db.scalars(select(model).where(model.bill_group_id == group.id).order_by(model.id)))

        services, projects, invoices = all_of(Service), all_of(Project), all_of(Invoice)
        milestones = all_of(Milestone)
        mine, project = services[0], projects[0]
        secrets = {row.name for row in [*services[1:], *projects[1:]]}
        secrets |= {row.name for row in milestones if row.project_id != project.id}
        secrets |= {row.number for row in invoices} | {row.public_id for row in [*services[1:], *projects[1:]]}
        secrets |= {row.public_id for row in [*invoices, *all_of(Payment), *milestones]}
        secrets |= {row.email for row in all_of(Contact) if row.email} | {"mara@northwind.example"}
        foreign = next(row for row in milestones if row.project_id != project.id)
        return World(
            group, mine, services[1], project, projects[1], foreign, invoices[0], frozenset(secrets - {mine.name})
        )


@pytest.fixture
def visit(loaded_demo: Portal, demo_app: Any, world: World) -> Callable[..., webtest.TestApp]:
    """`visit(limited_to=...)`: a browser of somebody with these rights in the bill group."""

    def come(**rights: Any) -> webtest.TestApp:
        browser = webtest.TestApp(demo_app, extra_environ={"HTTP_HOST": "127.0.0.1", "REMOTE_ADDR": "192.0.2.1"})
        with loaded_demo.database.session(Scope.tenant_wide(world.group.tenant_id)) as db:
            db.add(Membership(bill_group_id=world.group.id, email=EMAIL, **rights))
            user = User(email=EMAIL, name="Free Lancer")
            db.add(user)
            db.flush()
            lifetime = loaded_demo.session_lifetime
            _row, token = open_session(db, user, "portal", loaded_demo.clock.now(), lifetime, None, None)
        browser.set_cookie(SESSION, token)
        return browser

    return come


def crawl(browser: webtest.TestApp, group: BillGroup) -> dict[str, str]:
    """Every page that links lead to from home, by address."""
    start, seen = f"/g/{group.public_id}/", {}
    waiting = [start, f"{start}search?q=a", f"{start}services?show=all", f"{start}services/projects?show=all"]
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0).partition("#")[0]
        if path in seen:
            continue
        page = browser.get(path, status="*")
        assert page.status_int in (200, 302, 303, 403), (path, page.status)
        seen[path] = page.text
        if page.status_int == 200 and page.content_type == "text/html":
            waiting += [a["href"] for a in page.html.select("a[href]") if a["href"].startswith(start)]
    return seen


LIMITS = {
    "a service, as owner": ("service", {"role": "owner"}),
    "a service, by its permission": ("service", {"permissions": ["services.service.read", "billing.invoice.read"]}),
    "a project, as billing": ("project", {"role": "billing"}),
}


@pytest.mark.parametrize(("kind", "rights"), LIMITS.values(), ids=LIMITS)
def test_nothing_else_anywhere(visit: Any, world: World, kind: str, rights: dict[str, Any]) -> None:
    own = getattr(world, kind)
    browser = visit(limited_to=[[f"services.{kind}", own.public_id]], **rights)
    pages = crawl(browser, world.group)
    hidden = world.secrets | ({world.service.name, world.service.public_id} if kind == "project" else set())
    hidden |= {world.project.name, world.project.public_id} if kind == "service" else set()
    if kind == "project":
        # The milestones of the own project are part of it.
        hidden -= {milestone for milestone in hidden if any(milestone in text for text in [pages_of(pages, own)])}
    for path, text in pages.items():
        for secret in hidden:
            assert secret not in text, (path, secret)
        assert "€1,280.00" not in text, path
    assert any(own.public_id in path for path in pages)


def pages_of(pages: dict[str, str], own: Any) -> str:
    """The record's own page."""
    return next(text for path, text in pages.items() if own.public_id in path)


def test_addresses_of_others(visit: Any, world: World) -> None:
    browser = visit(role="owner", limited_to=[["services.service", world.service.public_id]])
    here = f"/g/{world.group.public_id}"
    for path, status in {
        "/": 200,
        "/services": 200,
        f"/services/{world.service.public_id}": 200,
        f"/services/{world.other_service.public_id}": 404,
        f"/services/projects/{world.project.public_id}": 404,
        f"/services/milestones/{world.milestone.public_id}": 404,
        "/services/projects": 403,
        "/billing": 403,
        "/billing/invoices": 403,
        "/billing/payments": 403,
        f"/billing/invoices/{world.invoice.public_id}": 403,
        f"/billing/invoices/{world.invoice.public_id}.pdf": 403,
        "/account/people": 403,
        "/account/details": 403,
        "/account/e-mails": 404,
        "/account/security": 200,
    }.items():
        page = browser.get(here + path, status="*")
        allowed = (status,) if status != 404 or "e-mails" not in path else (403, 404)
        assert page.status_int in allowed, (path, page.status)


def test_search_finds_the_own_record_alone(visit: Any, world: World) -> None:
    browser = visit(role="viewer", limited_to=[["services.service", world.service.public_id]])
    here = f"/g/{world.group.public_id}/search"

    def hits(query: str) -> list[str]:
        page = browser.get(here, {"q": query})
        return [
            a["href"]
            for a in page.html.main.select("a[href]")
            if "/services/" in a["href"] or "/billing" in a["href"]
        ]

    assert all(world.service.public_id in address for address in hits(world.service.name))
    assert hits(world.service.name)
    for query in (world.other_service.name, world.project.name, world.invoice.number, "%", "_", "a"):
        assert all(world.service.public_id in address for address in hits(query)), query


def test_a_second_bill_group_stays_by_itself(visit: Any, world: World, loaded_demo: Portal) -> None:
    """B9: what somebody sees in one bill group opens nothing under the address of another."""
    with loaded_demo.database.session(Scope.tenant_wide(world.group.tenant_id)) as db:
        other = BillGroup(customer_id=world.group.customer_id, name="Second", currency="EUR", language="en")
        db.add(other)
        db.flush()
        db.add(Membership(bill_group_id=other.id, email=EMAIL, role="owner"))
        public_id = other.public_id
    browser = visit(role="viewer", limited_to=[["services.service", world.service.public_id]])
    for path in (f"services/{world.service.public_id}", f"billing/invoices/{world.invoice.public_id}"):
        browser.get(f"/g/{public_id}/{path}", status=404)
    browser.get(f"/g/{public_id}/billing", status=200)
    browser.get(f"/g/{world.group.public_id}/billing", status=403)
