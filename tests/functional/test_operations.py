"""What a load balancer asks: is the process alive, and may it get visitors."""

from __future__ import annotations

from typing import Any

import webtest

from riskportal import make_app
from riskportal.app import Portal


def test_ready_once_migrated(testapp: Any, sql_count: Any) -> None:
    assert testapp.get("/healthz").text == "ok"
    assert testapp.get("/readyz").text == "ready"
    with sql_count() as sql:
        assert testapp.get("/readyz").text == "ready"
    assert len(sql) == 1, sql


def test_not_ready_before_migration_or_without_a_database(
    portal_settings: Any, empty_database_url: Any, tmp_path: Any
) -> None:
    url = empty_database_url.render_as_string(hide_password=False)
    for database, text in ((url, "migrations pending"), (f"sqlite:///{tmp_path}", "database unreachable")):
        portal = Portal.build({**portal_settings, "riskportal.database": database})
        visitor = webtest.TestApp(make_app(portal, {}))
        assert visitor.get("/healthz").text == "ok"
        assert visitor.get("/readyz", status=503).text == text
        portal.database.dispose()
