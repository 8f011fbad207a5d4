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
HARBOUR = ("harbour.localhost",)

DEMO_USERS = (
    DemoUser("mara@northwind.example", "Mara Lindqvist", _("Northwind Atelier, the whole account"), RISKITO),
    DemoUser(
        "ida@lund-regnskab.example", "Ida Lund", _("Northwind's accountant, with the role for billing"), RISKITO
    ),
    DemoUser("petra@sorensen-toechter.example", "Petra Sørensen", _("A customer with two bill groups"), RISKITO),
    DemoUser("lea@laden-oerlikon.example", "Lea Brunner", _("One of the two bill groups, in francs"), RISKITO),
    DemoUser("nele@ankerplatz.example", "Nele Harms", _("A small account with nothing due"), RISKITO),
    DemoUser("orla@lantern-press.example", "Orla Byrne", _("A customer of the second provider"), HARBOUR),
)
