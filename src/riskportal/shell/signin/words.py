"""Forms of signing in that more than one page shows, and what their answers say."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import HiddenWidget

from riskportal.forms import length
from riskportal.forms.widgets import EmailWidget
from riskportal.identity.addresses import MAX_ADDRESS, canonical_email
from riskportal.plug import _
from riskportal.shell.account.proof_fields import app_code_field, password_field

# One sentence for every way in which address and password don't fit, by the area that is asked for; the console has
# no link by e-mail to fall back on.
WRONG_PASSWORD = {
    "portal": _("This address and this password don't fit together. Check both, or use another way to sign in."),
    "staff": _("This address and this password don't fit together. Check both and try again."),
}
WRONG_CODE = _("That code is not right, or was used before. Wait for the next one and try again.")


def address_field(**options: Any) -> colander.SchemaNode:
    """One e-mail address; browsers may offer a passkey in its place."""
    widget = EmailWidget(autocomplete="username webauthn", autofocus=True)
    given = {"title": _("E-mail address"), "validator": length(MAX_ADDRESS), "widget": widget, **options}
    return colander.SchemaNode(colander.String(), name="email", **given)


def next_field() -> colander.SchemaNode:
    """Where to go afterwards."""
    return colander.SchemaNode(colander.String(), name="next", missing="", widget=HiddenWidget())


def check_address(node: Any, values: dict[str, str]) -> None:
    """Validator of a form: its address in canonical form."""
    try:
        values["email"] = canonical_email(values["email"])
    except ValueError:
        problem = colander.Invalid(node)
        problem["email"] = _("Please enter one e-mail address, such as you@company.com")
        raise problem from None


def password_schema() -> colander.MappingSchema:
    """Address and password."""
    return colander.MappingSchema(children=[address_field(), password_field(), next_field()], validator=check_address)


def code_schema() -> colander.MappingSchema:
    """The code of the second step."""
    return colander.MappingSchema(children=[app_code_field()])
