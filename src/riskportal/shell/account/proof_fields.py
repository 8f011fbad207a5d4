"""Fields in which somebody shows what they prove themselves with, or chooses it."""

from __future__ import annotations

from typing import Any

import colander

from riskportal.forms import length
from riskportal.forms.widgets import CodeWidget, PasswordWidget
from riskportal.identity.passwords import LONGEST
from riskportal.plug import _


def password_field(name: str = "password", **options: Any) -> colander.SchemaNode:
    """A password, taken exactly as typed."""
    given = {"title": _("Password"), "validator": length(LONGEST), "widget": PasswordWidget(strip=False), **options}
    return colander.SchemaNode(colander.String(), name=name, **given)


def app_code_field(**options: Any) -> colander.SchemaNode:
    """A code of an authenticator app, or a recovery code in its place."""
    given = {
        "title": _("Code from your authenticator app"),
        "description": _("Phone not at hand? A recovery code works as well, once."),
        "validator": length(40),
        "widget": CodeWidget(code=None),
        **options,
    }
    return colander.SchemaNode(colander.String(), name="code", **given)
