"""Chromium over the running demo. Every test in this folder needs it."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from doors import Passkeys
from journey import Visitor
from playwright.sync_api import Error, sync_playwright

from riskportal.cli.demo import prepare
from riskportal.cli.serving import Address
from riskportal.testing.fixtures import unavailable

SCREENS = Path(__file__).parents[2] / "var" / "screens"
LAN = "portal.lan"
# The background services of Chromium only try to reach hosts that a test must not need.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # A portal in a local network, without https: browsers trust it less than one at 127.0.0.1.
    f"--host-resolver-rules=MAP {LAN} 127.0.0.1",
]


def pytest_collection_modifyitems(items):
    """One worker drives the browser, on SQLite: the pages are the same, WebTest compares the databases."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(params=["sqlite"])
def backend(request):
    return request.param


@pytest.fixture(scope="session")
def chromium():
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        unavailable("Chromium", "no program named chromium (on Debian: apt install chromium)")
    # Chromium's sandbox refuses root.
    flags = [*FLAGS, "--no-sandbox"] if os.getuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=flags)
        except Error as error:
            unavailable("Chromium", f"{program} doesn't start: {error.message[:300]}")
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, demo_server):
    """`visit(width=360, scheme="dark")`: a page at that size, watched for everything that must not happen."""
    open_visits = []

    def start(width=1280, height=800, scheme="light", **options):
        visitor = Visitor(chromium, demo_server, SCREENS, width, height, scheme, options)
        open_visits.append(visitor)
        return visitor

    yield start
    for visitor in open_visits:
        visitor.close()


@pytest.fixture
def in_the_network(chromium, demo_server):
    """A page of the demo as another machine sees it: `HOST=portal.lan make run`, over plain http."""
    port = urlsplit(demo_server.url).port
    prepare(demo_server.portal, Address(LAN, port))
    visitor = Visitor(chromium, replace(demo_server, url=f"http://{LAN}:{port}"), SCREENS, 1280, 800, "light", {})
    yield visitor
    visitor.close()


@pytest.fixture
def at_localhost(chromium, demo_server):
    """Like `visit`, under the name that a demo's passkeys are tied to, with an authenticator built in.

    `at_localhost(verified=False)`: one that recognises nobody. `visitor.passkeys.all()` is what it keeps.
    """
    server = replace(demo_server, url=demo_server.url.replace("127.0.0.1", "localhost"))
    open_visits = []

    def start(width=1280, height=800, scheme="light", verified=True, **options):
        visitor = Visitor(chromium, server, SCREENS, width, height, scheme, options)
        open_visits.append(visitor)
        visitor.passkeys = Passkeys(visitor, verified=verified)
        return visitor

    yield start
    for visitor in open_visits:
        visitor.close()
