"""The two providers of the demo and what they offer. All of it is invented."""

from __future__ import annotations

from typing import Any

RISKITO = "riskito"
HARBOUR = "harbour"

TENANTS: list[dict[str, Any]] = [
    {
        "ref": RISKITO,
        "name": "RiskITO",
        "legal_name": "RiskITO GmbH",
        "base_url": "http://127.0.0.1:6543",
        "hosts": ["127.0.0.1", "localhost"],
        "accent": "#0b5d57",
        "logo": "static/riskito.png",
        "sender_name": "RiskITO",
        "sender_address": "portal@riskito.example",
        "support_email": "help@riskito.example",
        "phone": "+49 40 5550 190",
        "address": {"line1": "Speicherweg 9", "postcode": "20457", "city": "Hamburg", "country": "DE"},
        "vat_number": "DE812345608",
        "registration_number": "HRB 190042, Amtsgericht Hamburg",
        "iban": "DE89370400440532013000",
        "bic": "COBADEFFXXX",
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
        "languages": ["en", "de"],
    },
    {
        "ref": HARBOUR,
        "name": "Harbour Hosting",
        "legal_name": "Harbour Hosting Ltd",
        "base_url": "http://harbour.localhost:6543",
        "hosts": ["harbour.localhost"],
        "accent": "#1d4e89",
        "logo": "static/harbour.png",
        "sender_address": "accounts@harbour-hosting.example",
        "support_email": "hello@harbour-hosting.example",
        "address": {"line1": "3 Quay Street", "postcode": "D02 XY45", "city": "Dublin", "country": "IE"},
        "vat_number": "IE1234567FA",
        "registration_number": "CRO 555042",
        "iban": "IE29AIBK93115212345678",
        "time_zone": "Europe/Dublin",
        "currency": "EUR",
        "languages": ["en"],
    },
]

RISKITO_OFFERS: dict[str, list[dict[str, Any]]] = {
    "service_areas": [
        {"ref": "hosting", "name": "Hosting", "icon": "server", "weight": 10},
        {"ref": "care", "name": "Care", "icon": "shield", "weight": 20},
        {"ref": "webshop", "name": "Web and shop", "icon": "globe", "weight": 30},
        {"ref": "mail", "name": "Mail and newsletter", "icon": "mail", "weight": 40},
    ],
    "products": [
        {"ref": "managed-hosting", "area": "hosting", "name": "Managed hosting",
         "description": "A fast server that we run, patch and watch for you."},
        {"ref": "starter-hosting", "area": "hosting", "name": "Starter hosting",
         "description": "For small sites with few visitors."},
        {"ref": "staging", "area": "hosting", "name": "Staging site",
         "description": "A copy of the site to try things out."},
        {"ref": "care-plus", "area": "care", "name": "Care plan Plus",
         "description": "We keep the site up to date, safe and watched.",
         "care_plan": {
             "note": "Change requests are quoted separately",
             "items": [
                 {"kind": "hosting", "detail": "The server, its updates and its certificate"},
                 {"kind": "updates", "detail": "Every week, security updates within a day"},
                 {"kind": "backups", "detail": "Every night, kept for 30 days"},
                 {"kind": "monitoring", "detail": "Every minute from three places"},
             ]}},
        {"ref": "care-basic", "area": "care", "name": "Care plan Basic",
         "description": "Updates and backups once a month.",
         "care_plan": {
             "note": "Change requests are quoted separately",
             "items": [
                 {"kind": "updates", "detail": "Once a month"},
                 {"kind": "backups", "detail": "Once a week, kept for 14 days"},
             ]}},
        {"ref": "newsletter", "area": "mail", "name": "Newsletter delivery",
         "description": "Newsletters that arrive, with figures about them."},
        {"ref": "mailboxes", "area": "mail", "name": "Mailboxes",
         "description": "Mailboxes of 20 GB with calendar and address book."},
    ],
}  # fmt: skip

HARBOUR_OFFERS: dict[str, list[dict[str, Any]]] = {
    "service_areas": [{"ref": "hosting", "name": "Hosting", "icon": "server", "weight": 10}],
    "products": [
        {"ref": "berth", "area": "hosting", "name": "Berth",
         "description": "A virtual server with two cores and 4 GB of memory."},
        {"ref": "mooring", "area": "hosting", "name": "Mooring",
         "description": "Web space for one site."},
    ],
}  # fmt: skip
