"""Pages while another writer holds SQLite's only write lock, as a long load does."""

from __future__ import annotations

import time
from typing import Any

import pytest
import webtest

from riskportal.clock import FixedClock
from riskportal.db.guard import Scope
from riskportal.db.session import Database


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_page_doesnt_wait_to_note_that_its_session_was_used(
    testapp: webtest.TestApp, signed_in: Any, user: Any, bill_group: Any, database: Database, clock: FixedClock
) -> None:
    """It once waited for 20 seconds and then failed, for everybody who hadn't clicked for ten minutes."""
    signed_in(testapp, user)
    clock.advance(minutes=11)
    with database.session(Scope.system_wide("test")) as db:
        db.connection()
        began = time.monotonic()
        testapp.get(f"/g/{bill_group.public_id}/", status=200)
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "host",
    ["portal.test:80@evil.test", "portal.test:evil.test", "portal.test:", "user@portal.test", "portal.test:8:8"],
)
def test_a_host_with_more_than_a_port_is_nobodys(browser: Any, tenant: Any, host: str) -> None:
    """A redirect repeats the header; `http://portal.test:80@evil.test/` is a page of evil.test."""
    answer = browser(host=host).get("/", expect_errors=True)
    assert answer.status_int in (400, 404)
    assert "Location" not in answer.headers
