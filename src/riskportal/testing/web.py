"""Fixtures of the web application: real requests through WebTest, real jobs, real mail files.

The application is put together once for all tests with the same modules; database, clock and everything else
that a request asks for are the test's own.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Sequence
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import webtest

from riskportal import make_app as assemble
from riskportal.app import Portal
from riskportal.clock import FixedClock
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.identity.models import User
from riskportal.identity.sessions import open_session
from riskportal.security.cookies import SESSION, STAFF
from riskportal.security.request import provide
from riskportal.tenancy.models import Tenant
from riskportal.testing.factories import HOST

SECRET = "a-secret-of-the-tests-that-is-long-enough-000"


@pytest.fixture
def portal_settings(database: Database, plugins: list[str], tmp_path: Path) -> dict[str, str]:
    """The `[app:main]` section of the tests; override it to add or change keys."""
    return {
        "riskportal.plugins": " ".join(plugins),
        "riskportal.database": database.url.render_as_string(hide_password=False),
        "riskportal.environment": "development",
        "riskportal.secret": SECRET,
        "riskportal.mail": f"file:{tmp_path / 'mail'}",
        "riskportal.files": f"file:{tmp_path / 'files'}",
        "riskportal.rate_limits": "memory://",
    }


@pytest.fixture
def make_portal(portal_settings: dict[str, str], database: Database, clock: FixedClock) -> Callable[..., Portal]:
    """`make_portal(modules=["billing"], **{"riskportal.demo": "true"})`: a portal over the test's database."""

    def make(modules: Sequence[str] | None = None, **changes: str) -> Portal:
        settings = {**portal_settings, **changes}
        if modules is not None:
            settings["riskportal.plugins"] = " ".join(modules)
        return replace(Portal.build(settings, clock), database=database)

    return make


@pytest.fixture
def portal(make_portal: Callable[..., Portal]) -> Portal:
    """Everything that outlives a request, with all modules of `plugins`."""
    return make_portal()


@pytest.fixture
def make_app(make_portal: Callable[..., Portal], portal_settings: dict[str, str]) -> Callable[..., Any]:
    """`make_app(modules=[...])`: a WSGI application with exactly these modules, over the test's database."""

    def make(modules: Sequence[str] | None = None, **changes: str) -> Any:
        return assemble(make_portal(modules, **changes), {**portal_settings, **changes})

    return make


# Applications of this process by what decides their routes and views. Putting one together takes longer than most
# tests; everything that a test changes is in its portal, which each request asks for anew.
_assembled: dict[tuple[Any, ...], Any] = {}
PER_TEST = ("riskportal.database", "riskportal.mail", "riskportal.files")


def application(portal: Portal, settings: dict[str, str]) -> Any:
    """The WSGI application over a portal; one for all tests with the same modules and settings."""
    kept = sorted((key, value) for key, value in settings.items() if key not in PER_TEST)
    # A test may put another includeme into a module.
    key = (*kept, *(getattr(loaded.plugin, "includeme", None) for loaded in portal.seam.modules))
    if key not in _assembled:
        _assembled[key] = assemble(portal, settings)
    provide(_assembled[key].registry, portal)
    return _assembled[key]


@pytest.fixture
def app(portal: Portal, portal_settings: dict[str, str]) -> Any:
    """The WSGI application over `portal`."""
    return application(portal, portal_settings)


@pytest.fixture
def browser(app: Any) -> Callable[..., webtest.TestApp]:
    """`browser(host="other.test")`: another browser with cookies of its own."""

    def open_browser(host: str = HOST, app: Any = app) -> webtest.TestApp:
        return webtest.TestApp(app, extra_environ={"HTTP_HOST": host, "REMOTE_ADDR": "192.0.2.1"})

    return open_browser


@pytest.fixture
def testapp(browser: Callable[..., webtest.TestApp], tenant: Tenant) -> webtest.TestApp:
    """A browser at the tenant's portal, signed in as nobody."""
    return browser()


@pytest.fixture
def signed_in(portal: Portal) -> Callable[..., webtest.TestApp]:
    """`signed_in(testapp, user)`, or `kind="staff"`: gives the browser a session, no mailbox needed."""

    def sign_in(testapp: webtest.TestApp, user: User, kind: str = "portal") -> webtest.TestApp:
        with portal.database.session(Scope.tenant_wide(user.tenant_id)) as db:
            now = portal.clock.now()
            _row, token = open_session(db, user, kind, now, portal.session_lifetime, "192.0.2.1", "tests")
        testapp.set_cookie(STAFF if kind == "staff" else SESSION, token)
        return testapp

    return sign_in


@pytest.fixture
def run_jobs(portal: Portal) -> Callable[..., int]:
    """`run_jobs()`: run what is due now, as the worker would; returns how many jobs were started.

    `run_jobs(recurring=True)` first enqueues what recurs.
    """

    def run(recurring: bool = False) -> int:
        worker = portal.worker()
        if recurring:
            worker.schedule()
        return worker.run_due()

    return run


@pytest.fixture
def outbox(tmp_path: Path) -> Callable[[], list[EmailMessage]]:
    """`outbox()`: the mails that have left so far, oldest first. Call `run_jobs()` before, mail leaves by a job."""

    def read() -> list[EmailMessage]:
        return read_mails(tmp_path / "mail")

    return read


def read_mails(folder: Path) -> list[EmailMessage]:
    """The .eml files of a mail folder as messages, oldest first."""
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)  # type: ignore[misc]
        for path in sorted(folder.glob("*.eml"))
    ]
