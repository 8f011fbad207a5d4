"""Steps of a sign-in, as a person takes them."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import func, select

from riskportal.db.guard import Scope
from riskportal.testing.factories import HOST

EMAIL = "ada@customer.test"
LINK = re.compile(rf"https?://{re.escape(HOST)}(/sign-in/confirm/[\w-]+)")
CODE = re.compile(r"\b([2-9A-Z]{4}-[2-9A-Z]{4})\b")


def ask(testapp: Any, email: str = EMAIL, **kw: Any) -> Any:
    """Send the address form."""
    form = testapp.get("/sign-in").forms["sign-in"]
    form["email"] = email
    return form.submit(**kw)


def link_and_code(message: Any) -> tuple[str, str]:
    """The path of the link and the code of a sign-in mail."""
    text = message.get_body(("plain",)).get_content()
    return LINK.search(text)[1], CODE.search(text)[1]  # type: ignore[index]


def press(testapp: Any, path: str, **kw: Any) -> Any:
    """Open the link and press its button."""
    page = testapp.get(path)
    return page.forms[0].submit(**kw) if "code" not in page.forms else page


def count(database: Any, model: Any) -> int:
    """How many rows of a model there are, over all tenants."""
    with database.session(Scope.system_wide("test"), write=False) as db:
        return db.scalar(select(func.count()).select_from(model))
