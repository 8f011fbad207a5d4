"""E-mail addresses and domains in one canonical form, so that equal means equal.

The local part is compared byte for byte after ASCII lower-casing, never folded or normalised
into another person's; the domain becomes its IDNA A-label (UTS 46).
"""

from __future__ import annotations

import re

from riskportal.identity.domains import canonical_domain

MAX_ADDRESS = 254  # RFC 5321, 4.5.3.1.3
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")

# Shared mailboxes (RFC 2142 and habit): whoever reads one is not one person of the domain, and some
# are readable by customers through public help desks. They sign in under an e-mail rule only.
ROLE_MAILBOXES = frozenset(
    "abuse accounts admin administrator all billing bounce contact contacts dev dmarc feedback ftp hello help "
    "helpdesk hostmaster info inquiries invoice invoices it jobs kontakt legal list mail mailer-daemon marketing "
    "media news newsletter no-reply noc noreply notifications office order orders postmaster press privacy "
    "registrar root sales security service spam ssladmin staff subscribe support sysadmin team test undisclosed "
    "usenet uucp webmaster www".split()
)


def canonical_email(text: str) -> str:
    """One plain address in canonical form; ValueError for anything else (lists, display names, quotes).

    Addresses with a non-ASCII local part are refused: look-alikes of another person's address.
    """
    address = text.strip()
    if len(address) > MAX_ADDRESS or address.count("@") != 1:
        raise ValueError("not one e-mail address")
    local, _, domain = address.partition("@")
    local = local.lower() if local.isascii() else ""
    if len(local) > 64 or not _LOCAL.match(local):
        raise ValueError("not an e-mail address")
    canonical = f"{local}@{canonical_domain(domain)}"
    if len(canonical) > MAX_ADDRESS:
        raise ValueError("not an e-mail address")
    return canonical


def domain_of(email: str) -> str:
    """The domain of a canonical address."""
    return email.rpartition("@")[2]


def is_role_mailbox(email: str) -> bool:
    """Whether a canonical address is a shared mailbox, plus-tags ignored."""
    return email.partition("@")[0].partition("+")[0] in ROLE_MAILBOXES
