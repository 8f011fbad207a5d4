"""What tests of the preview do again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import webtest

from riskportal.db.guard import Scope

HOST = {"Host": "portal.test"}
REFUSED, OVER = "This is a preview", "This preview has ended"


def open_as(console: webtest.TestApp, page: str, viewer: str = "owner", **kw: Any) -> Any:
    """Open a preview by its form; the answer to it."""
    form = console.get(page).forms["preview"]
    form["view_as"].force_value(viewer)
    return form.submit("open", **kw)


def names(page: Any) -> list[str]:
    """The lines of the navigation."""
    return [link.find("span").text for link in page.html.find("nav", class_="nav").find_all("a")]


def change(database: Any, work: Callable[[Any], Any]) -> None:
    with database.session(Scope.system_wide("test")) as db:
        work(db)
