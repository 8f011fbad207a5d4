"""The people of the demo, offered on its sign-in pages. What they sign in with is public: it opens invented data."""

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


@dataclass(frozen=True)
class DemoStaff:
    """Somebody who works for a provider of the demo, with their password and the secret of their app (base32)."""

    email: str
    name: str
    role: str
    shows: Message
    hosts: tuple[str, ...]
    password: str
    app_secret: str


DEMO_STAFF = (
    DemoStaff(
        "sam@riskito.example",
        "Sam Keller",
        "owner",
        _("Owner of RiskITO: everything in the console"),
        RISKITO,
        "ferry-lantern-oatmeal-7",
        "RISKITODEMOSAMKELLERAAAAAAAAAAAA",
    ),
    DemoStaff(
        "noor@riskito.example",
        "Noor Haddad",
        "support",
        _("Support at RiskITO: customers, notes and access"),
        RISKITO,
        "copper-violin-meadow-4",
        "RISKITODEMONOORHADDADAAAAAAAAAAA",
    ),
    DemoStaff(
        "aoife@harbour-hosting.example",
        "Aoife Daly",
        "owner",
        _("Owner of Harbour Hosting"),
        HARBOUR,
        "thistle-anchor-pocket-9",
        "HARBOURDEMOAOIFEDALYAAAAAAAAAAAA",
    ),
)
