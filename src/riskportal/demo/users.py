"""The people of the demo, offered on its sign-in page."""

from __future__ import annotations

from dataclasses import dataclass

from riskportal.plug.messages import Message, _


@dataclass(frozen=True)
class DemoUser:
    """Somebody to look at the demo as; `hosts` are the tenants' host names under which they are offered."""

    email: str
    name: str
    shows: Message
    hosts: tuple[str, ...]


RISKITO = ("127.0.0.1", "localhost")

DEMO_USERS = (
    DemoUser("mara@northwind.example", "Mara Lindqvist", _("Northwind Atelier, the whole account"), RISKITO),
)
