"""Chromium over the running demo. Every test in this folder needs it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from journey import Visitor
from playwright.sync_api import Error, sync_playwright

from riskportal.testing.fixtures import unavailable

SCREENS = Path(__file__).parents[2] / "var" / "screens"
# The background services of Chromium only try to reach hosts that a test must not need.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
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
