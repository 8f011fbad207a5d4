"""The preview: staff see exactly what a customer sees, change nothing, and everybody else stays out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import webtest
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.identity.models import PreviewSession, UserSession
from riskportal.security.cookies import PREVIEW, SESSION, STAFF

Visit = Callable[..., webtest.TestApp]


@pytest.fixture
def clerk(make: Any, tenant: Any) -> Any:
    """Somebody of the tenant's billing staff."""
    return make.staff(tenant, "bea@alder.test", role="billing", name="Bea Clerk")


@pytest.fixture
def console(testapp: Any, signed_in: Any, clerk: Any) -> webtest.TestApp:
    """The clerk's browser, in the console."""
    return signed_in(testapp, clerk, kind="staff")


@pytest.fixture
def page(bill_group: Any) -> str:
    """Where a preview is opened."""
    return f"/staff/bill-groups/{bill_group.public_id}/preview"


@pytest.fixture
def home(bill_group: Any) -> str:
    return f"/g/{bill_group.public_id}/"


def open_as(console: webtest.TestApp, page: str, viewer: str) -> Any:
    """Open a preview by its form; the answer to it."""
    form = console.get(page).forms["preview"]
    form["view_as"].force_value(viewer)
    return form.submit("open")


def preview_cookie(console: webtest.TestApp, bill_group: Any) -> str | None:
    return console.cookies.get(PREVIEW + bill_group.public_id)


def test_a_preview_shows_the_portal_of_a_role(console: Any, page: str, home: str, bill_group: Any) -> None:
    answer = open_as(console, page, "viewer")
    assert answer.location == f"http://portal.test{home}"
    cookie = next(text for text in answer.headers.getall("Set-Cookie") if text.startswith(PREVIEW))
    assert "Max-Age=900" in cookie
    assert "HttpOnly" in cookie
    shown = answer.follow()
    bar = shown.html.find("section", class_="preview-bar")
    assert "Bea Clerk looks as Viewer." in bar.text
    assert "15 minutes left" in bar.text
