"""The world that the route matrix walks: an application with every kind of route, people, keys and records.

Everything about routes and records is asked from the application itself, so a new route is walked
without a word here, and one that no directive declared has nowhere to hide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import webtest
from pyramid.interfaces import IRoutesMapper
from sqlalchemy import select
from sqlalchemy.orm import Session
from webob import Request

from dummy_module.models import Note
from riskportal.app import Portal
from riskportal.customers.models import BillGroup, Customer
from riskportal.db.base import Base
from riskportal.db.guard import Scope
from riskportal.db.mixins import PublicId, TenantOwned
from riskportal.identity.api_tokens import create_api_token
from riskportal.identity.models import AccessRule, Membership, StaffMember, User
from riskportal.identity.sessions import open_session
from riskportal.mail.models import OutgoingMail
from riskportal.security.contexts import RouteInfo
from riskportal.security.cookies import PREVIEW, SESSION, STAFF
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import set_module
from riskportal.testing.fixtures import NOW
from riskportal_services.models import Milestone, Project, ServiceArea

HOST, OTHER_HOST = "127.0.0.1", "harbour.localhost"
OWNER, OTHER_OWNER, NEIGHBOUR = "mara@northwind.example", "orla@lantern-press.example", "nele@ankerplatz.example"
NOBODY = "nobody@northwind.example"
ABSENT = "zzzzzzzzzzzzzzzzzzzz"
# Routes without tenant or session: operations.
OPERATIONS = {"healthz", "readyz"}
# Pages that are there only in the middle of something: the code of an app that is being set up.
PASSING = {"core.own_app_qr", "core.staff_own_app_qr"}
# Mails as they were sent stand in a frame of our own pages.
FRAMED = re.compile(r"/emails/[^/]+/content(?: |\Z)")
HEADERS = {
    "Content-Security-Policy": r"default-src 'none'; .*",
    "X-Content-Type-Options": r"nosniff",
    "X-Frame-Options": r"DENY",
    "Referrer-Policy": r"(same-origin|no-referrer|strict-origin)",
    "Cross-Origin-Opener-Policy": r"same-origin",
    "Cross-Origin-Resource-Policy": r"same-origin",
    "Permissions-Policy": r"camera=.*",
    "Cache-Control": r"(private, no-store|public, max-age=\d+.*|max-age=\d+, public)",
    "X-Request-Id": r"[0-9a-f]{16}",
}
_PLACEHOLDER = re.compile(r"\{([a-z_]+)(?::[^}]*)?\}")


@dataclass(frozen=True)
class Way:
    """One declared route with one method that it takes."""

    info: RouteInfo
    pattern: str
    method: str
    csrf: bool

    @property
    def name(self) -> str:
        return f"{self.method} {self.info.name}"

    @property
    def open_ended(self) -> bool:
        """Whether its address has parts that only its view can judge (a token, a year)."""
        known = {"bill_group", "public_id"} if self.info.record else {"bill_group"}
        return bool(set(_PLACEHOLDER.findall(self.pattern)) - known)

    @property
    def fine(self) -> set[int]:
        """What the page answers to those who may open it."""
        return {200, 302, 303, 404} if self.info.name in PASSING else {200, 302, 303}

    def address(self, bill_group: str = ABSENT, public_id: str = ABSENT) -> str:
        """The route's address; parts that are neither get an absent id."""
        names = {"bill_group": bill_group, "public_id": public_id}
        return _PLACEHOLDER.sub(lambda match: names.get(match[1], ABSENT), self.pattern)


@dataclass
class World:
    """The application, its ways, and what is needed to walk them."""

    app: Any
    portal: Portal
    tenant: Tenant
    other_tenant: Tenant
    mine: str
    neighbours: str
    foreign: str
    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def ways(self, *areas: str) -> list[Way]:
        """Every declared route of the areas with each of its methods."""
        return [way for way in declared(self.app) if not areas or way.info.area in areas]

    def record(self, way: Way, bill_group: str) -> str:
        """The public id of a record for this route that belongs to `bill_group`."""
        return self.records[str(way.info.record), bill_group][0] if way.info.record else ABSENT

    def own(self, way: Way) -> str:
        """The address of the route with records of the owner's own bill group."""
        return way.address(self.mine, self.record(way, self.mine))

    def visitor(self, session: str | None = None, host: str = HOST) -> Visitor:
        """A browser, signed in with the session token `session`."""
        return Visitor(self, host, session)

    def preview(self, viewer: str) -> Visitor:
        """A staff member's browser with an open preview of the owner's bill group, and no portal session."""
        staff = self.visitor(self.keys["staff, staff"])
        staff.test.cookiejar.clear(HOST, "/", SESSION)
        form = staff.test.get(f"/staff/bill-groups/{self.mine}/preview").forms["preview"]
        form["view_as"].force_value(viewer)
        form.submit("open", status=303)
        assert PREVIEW + self.mine in staff.test.cookies
        return staff

    def bill_group(self, db: Session) -> BillGroup:
        """The owner's bill group, in a session that may see it."""
        return db.scalars(select(BillGroup).where(BillGroup.public_id == self.mine)).one()

    def permissions(self, area: str, role: str) -> frozenset[str]:
        """What a role holds in the owner's tenant."""
        with self.portal.database.session(Scope.tenant(self.tenant.id), write=False) as db:
            return self.portal.configs.get(db, db.get_one(Tenant, self.tenant.id)).role_permissions(area, role)

    def expect(self, way: Way, who: str, answer: Any, wanted: Any) -> None:
        """Note a problem when the answer's status isn't `wanted` (a number or a set of numbers)."""
        allowed = {wanted} if isinstance(wanted, int) else set(wanted)
        if answer.status_int not in allowed:
            self.problems.append(f"{way.name} as {who}: {answer.status_int}, wanted {min(allowed)}..{max(allowed)}")

    def to_sign_in(self, way: Way, who: str, answer: Any, wants_next: bool) -> None:
        """Note a problem unless the answer leads to the sign-in page, and back for a page."""
        self.expect(way, who, answer, 303)
        location, door = (
            answer.headers.get("Location", ""),
            "/staff/sign-in" if way.info.area == "staff" else "/sign-in",
        )
        if not location.startswith(f"http://{HOST}{door}") or wants_next != ("next=" in location):
            self.problems.append(f"{way.name} as {who}: leads to {location!r}")

    def switch(self, module: str, on: bool) -> None:
        """Switch a module off for the tenant, or on again."""
        with self.portal.database.session(Scope.tenant_wide(self.tenant.id)) as db:
            set_module(db, db.get_one(Tenant, self.tenant.id), module, on)

    def report(self) -> None:
        assert not self.problems, "\n" + "\n".join(self.problems)


class Visitor:
    """A browser that checks what must hold for every single answer."""

    def __init__(self, world: World, host: str, session: str | None) -> None:
        self.world = world
        self.test = webtest.TestApp(world.app, extra_environ={"HTTP_HOST": host, "REMOTE_ADDR": "192.0.2.1"})
        if session:
            self.test.set_cookie(SESSION, session)
            self.test.set_cookie(STAFF, session)

    def token(self) -> str:
        """A form token of this browser."""
        page = self.test.get("/", status="*")
        while page.status_int in (302, 303):
            page = self.test.get(page.location, status="*")
        return page.html.find("input", attrs={"name": "csrf_token"})["value"]

    def console_token(self) -> str:
        """A form token of this browser in the console, whose forms count by their own session."""
        page = self.test.get("/staff")
        return str(page.html.find("input", attrs={"name": "csrf_token"})["value"])

    def ask(
        self, method: str, path: str, body: Any = None, environ: dict[str, str] | None = None, **headers: str
    ) -> Any:
        """Any request; `environ` overrides the raw WSGI environment."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.test.cookiejar)
        request = Request.blank(path, method=method, headers=named | ({"Cookie": cookies} if cookies else {}))
        request.environ.update(self.test.extra_environ)
        if method not in ("GET", "HEAD"):
            request.environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
            request.body = body if isinstance(body, bytes) else urlencode(body or {}).encode()
        request.environ.update(environ or {})
        answer = request.get_response(self.world.app)
        self._check(f"{method} {path} {environ or ''}", answer)
        return answer

    def _check(self, what: str, answer: Any) -> None:
        problems = self.world.problems
        if answer.status_int >= 500 and not (answer.status_int == 503 and "/readyz" in what):
            problems.append(f"{what}: {answer.status_int}")
        for name, wanted in {
            **HEADERS,
            **({"X-Frame-Options": "SAMEORIGIN|DENY"} if FRAMED.search(what) else {}),
        }.items():
            if not re.fullmatch(wanted, answer.headers.get(name, "")):
                problems.append(f"{what}: {name}: {answer.headers.get(name)!r}")
        for cookie in answer.headers.getall("Set-Cookie"):
            readable = cookie.startswith("rp_language=")
            if "SameSite=Lax" not in cookie or ("HttpOnly" not in cookie) != readable:
                problems.append(f"{what}: sets the cookie {cookie!r}")
        if self.world.other_tenant.name.encode() in answer.body and self.test.extra_environ["HTTP_HOST"] == HOST:
            problems.append(f"{what}: names the other tenant")


def declared(app: Any) -> Iterator[Way]:
    """The ways of all declared routes; the views' methods come from Pyramid's introspector."""
    routes = {route.name: route for route in app.registry.getUtility(IRoutesMapper).get_routes(include_static=True)}
    for name, info in app.registry.portal_routes.items():
        for view in views_of(app, name):
            methods = view["request_methods"] or ("GET", "POST")
            for method in (methods,) if isinstance(methods, str) else methods:
                if method != "HEAD":
                    yield Way(info, routes[name].pattern, method, csrf=view.get("require_csrf") is not False)


def views_of(app: Any, route: str) -> list[Any]:
    """The introspectables of a route's views."""
    found = app.registry.introspector.get_category("views") or ()
    return [item["introspectable"] for item in found if item["introspectable"]["route_name"] == route]


def undeclared(app: Any) -> dict[str, str]:
    """Routes that no directive declared: name and pattern."""
    routes = app.registry.getUtility(IRoutesMapper).get_routes(include_static=True)
    return {route.name: route.pattern for route in routes if route.name not in app.registry.portal_routes}


def build(portal: Portal, app: Any) -> World:
    """People, keys and records over the demo's data."""
    with portal.database.session(Scope.system_wide("test world")) as db:
        tenants = {tenant.name: tenant for tenant in db.scalars(select(Tenant))}
        mine, neighbours, foreign = (
            db.scalars(
                select(BillGroup)
                .join(AccessRule, AccessRule.bill_group_id == BillGroup.id)
                .where(AccessRule.value == email, AccessRule.role == "owner")
            ).one()
            for email in (OWNER, NEIGHBOUR, OTHER_OWNER)
        )
        for group in (mine, neighbours, foreign):
            more_rows(db, group)
        db.add(Membership(tenant_id=mine.tenant_id, bill_group_id=mine.id, email=NOBODY, permissions=[]))
        for email, role in ((NOBODY, "nobody"), ("staff@riskito.example", "owner")):
            user = User(tenant_id=mine.tenant_id, email=email)
            db.add(user)
            db.flush()
            db.add(StaffMember(tenant_id=mine.tenant_id, user_id=user.id, role=role))
        other_staff = User(tenant_id=foreign.tenant_id, email="staff@harbour.example")
        db.add(other_staff)
        db.flush()
        db.add(StaffMember(tenant_id=foreign.tenant_id, user_id=other_staff.id, role="owner"))
    world = World(
        app, portal, tenants["RiskITO"], tenants["Harbour Hosting"],
        mine.public_id, neighbours.public_id, foreign.public_id,
    )  # fmt: skip
    for group in (mine, neighbours, foreign):
        world.records.update(find_records(portal, group))
    world.keys = make_keys(world)
    return world


def more_rows(db: Session, group: BillGroup) -> None:
    """What the demo gives to some of its customers only."""
    owner = {"tenant_id": group.tenant_id, "bill_group_id": group.id}
    db.add(Note(**owner, author="tests", text="A note"))
    area = db.scalars(select(ServiceArea).where(ServiceArea.tenant_id == group.tenant_id).limit(1)).one()
    project = Project(**owner, area_id=area.id, name="Relaunch", state="active")
    db.add(project)
    db.flush()
    step = {"name": "Step", "amount_minor": 100, "currency": "EUR", "state": "planned"}
    db.add(Milestone(**owner, project_id=project.id, position=0, **step))
    db.add(
        # About nothing that needs another permission than the one for reading mails.
        OutgoingMail(
            **owner, kind="dummy.noted", to_address="tests@elsewhere.example", language="en", sender_name="Tests",
            sender_address="tests@riskito.example", message_id=f"<{group.public_id}@tests>", subject="A note",
            text="A note", html="<p>A note</p>", state="sent", sent_at=NOW,
        )
    )  # fmt: skip


def find_records(portal: Portal, group: BillGroup) -> dict[tuple[str, str], list[str]]:
    """For every record kind the public ids of records of the bill group, or of its tenant, whatever their table."""
    found: dict[tuple[str, str], list[str]] = {}
    own = portal.database.session(Scope.bill_group(group.tenant_id, group.id), write=False)
    wide = portal.database.session(Scope.tenant_wide(group.tenant_id), write=False)
    with own as portal_db, wide as staff_db:
        for kind in portal.seam.record_kinds.values():
            for model in [MODELS[kind.kind]] if kind.kind in MODELS else _models():
                ids = [i for i in _ids(portal_db, model, group) if kind.load(portal_db, i) or kind.load(staff_db, i)]
                if ids:
                    MODELS[kind.kind] = model
                    found[kind.kind, group.public_id] = ids
                    break
    return found


# The model of each record kind, once one of its records was found.
MODELS: dict[str, Any] = {}


def _models() -> list[Any]:
    classes = [mapper.class_ for mapper in Base.registry.mappers]
    return [model for model in classes if issubclass(model, PublicId) and issubclass(model, TenantOwned)]


def _ids(db: Session, model: Any, group: BillGroup) -> list[str]:
    """Some public ids of a model's rows: those of the bill group itself and its customer, else the newest five."""
    its_own = {BillGroup: BillGroup.id == group.id, Customer: Customer.id == group.customer_id}
    wanted = select(model.public_id).order_by(model.id.desc()).limit(5)
    return list(db.scalars(wanted.where(its_own[model]) if model in its_own else wanted))


def make_keys(world: World) -> dict[str, str]:
    """Session tokens and API tokens by what they are for."""
    portal, keys = world.portal, {}
    now = portal.clock.now()
    everything = [name for name, permission in portal.seam.permissions.items() if permission.area == "api"]
    short = replace(portal.session_lifetime, absolute=portal.session_lifetime.absolute * 0)
    for tenant, people in (
        (world.tenant, {"owner": OWNER, "neighbour": NEIGHBOUR, "nobody": NOBODY, "staff": "staff@riskito.example"}),
        (world.other_tenant, {"other owner": OTHER_OWNER, "other staff": "staff@harbour.example"}),
    ):
        prefix = "" if tenant is world.tenant else "other "
        with portal.database.session(Scope.tenant_wide(tenant.id)) as db:
            for who, email in people.items():
                user = db.scalars(select(User).where(User.email == email)).one()
                for kind in ("portal", "staff"):
                    keys[f"{who}, {kind}"] = open_session(db, user, kind, now, portal.session_lifetime, None, None)[1]
                    keys[f"{who}, {kind}, expired"] = open_session(db, user, kind, now, short, None, None)[1]
            keys[f"{prefix}api"] = create_api_token(db, "all", everything)[1]
            keys[f"{prefix}api, nothing"] = create_api_token(db, "none", [])[1]
    return keys
