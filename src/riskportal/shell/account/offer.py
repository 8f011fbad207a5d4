"""Whether a page can offer passkeys, and if not, why: browsers tie them to one host name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pyramid.httpexceptions import HTTPNotFound

from riskportal.identity.passkeys import RelyingParty, relying_party
from riskportal.plug import Message, _


@dataclass(frozen=True)
class Offer:
    """`available`, or a `note` for the reader: why there is no button, and at which `url` there is one."""

    available: bool
    note: Message | None = None
    url: str | None = None


def party_of(request: Any) -> RelyingParty:
    """For whom this portal's passkeys are made; 404 where there can be none."""
    party = relying_party(request.tenant.base_url, request.tenant.name)
    if party is None:
        raise HTTPNotFound()
    return party


def offer(request: Any) -> Offer:
    """Passkeys are made and used at the portal's own address only, and that must be a name with https."""
    party = relying_party(request.tenant.base_url, request.tenant.name)
    if party is None:
        return Offer(False, _("Passkeys are not offered here: they need an address with a name and https."))
    here = request.host.lower().removesuffix(":80").removesuffix(":443")
    if here != urlsplit(party.origin).netloc:
        return Offer(
            False, _("Passkeys work at one address only, and you are at another one."), party.origin + request.path
        )
    return Offer(True)
