"""A form that is sent twice makes one row: its public id is chosen when the form is shown.

The id comes back signed for its reader, so nobody chooses one, and a service that finds the row there already
answers as the first time (customers.services.add_customer and its sisters). A ticket that isn't ours means
nothing: the row gets an id of its own.
"""

from __future__ import annotations

import hmac
import re
from typing import Any

import colander
from deform.widget import HiddenWidget

from riskportal.db.mixins import PUBLIC_ID_LENGTH, new_public_id
from riskportal.identity.tokens import keyed_hash
from riskportal.plug import _

_TICKET = re.compile(rf"([a-z0-9]{{{PUBLIC_ID_LENGTH}}})\.([0-9a-f]{{32}})\Z")


def ticket(request: Any) -> str:
    """A new public id and its signature, for the hidden field `once`."""
    public_id = new_public_id()
    return f"{public_id}.{_signature(request, public_id)}"


def ticket_node() -> Any:
    """The hidden field `once`."""
    return colander.SchemaNode(colander.String(), name="once", widget=HiddenWidget(), missing="")


def public_id_of(request: Any, text: str) -> str:
    """The public id of a ticket that this reader was given, a new one for any other text."""
    found = _TICKET.match(text)
    if found is not None and hmac.compare_digest(found[2], _signature(request, found[1])):
        return found[1]
    return new_public_id()


def note_if_other(request: Any, made: str, wanted: str) -> None:
    """Say that a form which came again with another name made nothing: its row, called `made`, is there already."""
    if made != wanted:
        text = _(
            "This form was sent before and added {name}. What you sent now was not saved: open the form anew.",
            name=made,
        )
        request.note("wait", text)


def _signature(request: Any, public_id: str) -> str:
    secret = request.registry.portal.secret
    return keyed_hash(secret, "once", f"{request.tenant.id}:{request.user.id}:{public_id}")[:32]
