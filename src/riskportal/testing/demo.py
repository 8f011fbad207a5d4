"""Fixtures over the demo data: loaded once per run by the real loader, copied for every test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import webtest
from sqlalchemy import select
from sqlalchemy.engine import URL
from waitress import create_server, wasyncore

from riskportal import make_app
from riskportal.app import Portal
from riskportal.cli.demo import prepare
from riskportal.cli.serving import Address
from riskportal.clock import FixedClock
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.tenancy.models import Tenant
from riskportal.testing import databases
from riskportal.testing.fixtures import NOW, unavailable
from riskportal.testing.postgres import NoPostgres
from riskportal.testing.web import SECRET


def demo_settings(url: URL, plugins: list[str], mail: Path) -> dict[str, str]:
    """The ini values of the demo; uploaded files are shared by all tests of a run, they never change."""
    return {
        "riskportal.plugins": " ".join(plugins),
        "riskportal.database": url.render_as_string(hide_password=False),
        "riskportal.environment": "development",
        "riskportal.demo": "true",
        "riskportal.secret": SECRET,
        "riskportal.mail": f"file:{mail}",
        "riskportal.files": f"file:{databases.run_folder() / 'demo-files'}",
    }


@pytest.fixture
def loaded_demo(
    backend: str,
    plugins: list[str],
    packages: tuple[str, ...],
    worker: str,
    clock: FixedClock,
    tmp_path: Path,
    reopen: Callable[[URL, FixedClock], Database],
) -> Iterator[Portal]:
    """The portal of the demo as it is on the test clock's first day, each test with a copy of its own."""
    key = databases.key_of("demo", tuple(plugins))

    def fill(url: URL) -> None:
        portal = Portal.build(demo_settings(url, plugins, databases.run_folder() / "mail"), FixedClock(NOW))
        prepare(portal, Address("127.0.0.1", 80))
        portal.database.dispose()

    try:
        url = databases.BACKENDS[backend].copy(key, fill, f"{worker}_demo")
    except NoPostgres as error:
        unavailable("PostgreSQL", str(error))
    database = reopen(url, clock)
    yield replace(Portal.build(demo_settings(url, plugins, tmp_path / "mail"), clock), database=database)
    database.dispose()


@pytest.fixture
def demo_app(loaded_demo: Portal) -> Any:
    """The WSGI application over the demo."""
    return make_app(loaded_demo)


@pytest.fixture
def demo_visit(loaded_demo: Portal, demo_app: Any) -> Callable[..., webtest.TestApp]:
    """`demo_visit("mara@northwind.example")`: a browser signed in as a demo user by the demo's own button."""

    def visit(email: str, host: str = "127.0.0.1") -> webtest.TestApp:
        browser = webtest.TestApp(demo_app, extra_environ={"HTTP_HOST": host, "REMOTE_ADDR": "192.0.2.1"})
        page = browser.get("/sign-in")
        token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
        browser.post("/sign-in/demo", {"email": email, "csrf_token": token}, status=303)
        return browser

    return visit


@dataclass(frozen=True)
class Server:
    """A running demo: where it is, and the portal behind it."""

    url: str
    portal: Portal
    mail: Path


@pytest.fixture
def demo_server(loaded_demo: Portal, demo_app: Any, tmp_path: Path) -> Iterator[Server]:
    """The demo behind a real web server on a free loopback port; mails link to that port."""
    server = create_server(demo_app, host="127.0.0.1", port=0, threads=4, ident=None)
    url = f"http://127.0.0.1:{server.effective_port}"
    with loaded_demo.database.session(Scope.system_wide("test server")) as db:
        tenant = db.scalars(select(Tenant).order_by(Tenant.id)).first()
        assert tenant is not None
        tenant.base_url = url
        tenant.config_version += 1
    thread = threading.Thread(target=server.run, name="demo-server")
    thread.start()
    yield Server(url, loaded_demo, tmp_path / "mail")
    # The loop ends when nothing is left to listen to; only its own thread may take things away from it.
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
    thread.join(10)
    server.task_dispatcher.shutdown()
    loaded_demo.database.dispose()
