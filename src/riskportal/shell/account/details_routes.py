"""Addresses of details and contacts: /g/{bill_group}/account/details and .../contacts (DESIGN: stable)."""

from __future__ import annotations

from typing import Any

from riskportal.shell.account.permissions import P


def includeme(config: Any) -> None:
    read, write = P.DETAILS_READ, P.DETAILS_WRITE
    config.add_portal_route("core.details", "/account/details", permission=read)
    config.add_portal_route("core.edit_details", "/account/details/edit", permission=write)
    config.add_portal_route("core.check_vat", "/account/details/check-vat", permission=write)
    config.add_portal_route("core.contacts", "/account/contacts", permission=read)
    # The kind is one of customers.models.CONTACT_KINDS; a public id has none of their vowels.
    config.add_portal_route("core.add_contact", "/account/contacts/add/{kind}", permission=write)
    one = "/account/contacts/{public_id}"
    config.add_portal_route("core.contact", one, permission=write, record="core.contact")
    config.add_portal_route("core.remove_contact", f"{one}/remove", permission=write, record="core.contact")
