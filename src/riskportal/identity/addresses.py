"""E-mail addresses and domains in one canonical form, so that equal means equal.

The local part is compared byte for byte after ASCII lower-casing, never folded or normalised
into another person's; the domain becomes its IDNA A-label (UTS 46).
"""

from __future__ import annotations

import re

from riskportal.identity.domains import canonical_domain

MAX_ADDRESS = 254  # RFC 5321, 4.5.3.1.3
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")

# Shared mailboxes (RFC 2142 and habit, English and German): whoever reads one is not one person of the domain, and
# some are readable by customers through public help desks. They sign in under an e-mail rule only.
ROLE_MAILBOXES = frozenset(
    "abuse accounting accounts admin administrator alerts all anfrage anfragen bestellung bestellungen bewerbung "
    "billing booking bookings bot bounce buchhaltung care ci contact contacts crm customercare customerservice "
    "datenschutz desk dev devops dmarc dns domain domains edv einkauf empfang feedback finance ftp hello help "
    "helpdesk hilfe hostmaster hosting hr info inquiries invoice invoices it jobs kontakt kundendienst kundenservice "
    "legal list mail mailbox mailer-daemon marketing media monitoring news newsletter no-reply noc noreply "
    "notifications office order orders payroll personal post postmaster poststelle press presse privacy procurement "
    "purchasing reception rechnung rechnungen redaktion registrar reservations root sales security sekretariat "
    "service servicedesk shop spam ssladmin staff subscribe support sysadmin team technik test ticket tickets "
    "undisclosed usenet uucp verkauf vertrieb verwaltung webmaster welcome www zentrale".split()
)
# "support-de" and "info2" are shared mailboxes as well; "dev.patel" and "jobs.anna" may be people.
_ALSO_NAMES = frozenset("all ci dev hr it jobs list mail media news order post root shop test".split())
_FIRST_WORD = re.compile(r"[^-._0-9]*")


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
    local = email.partition("@")[0].partition("+")[0]
    first = _FIRST_WORD.match(local)
    return local in ROLE_MAILBOXES or (first is not None and first[0] in ROLE_MAILBOXES - _ALSO_NAMES)


def untagged(email: str) -> str | None:
    """ "ada@a.de" for "ada+x@a.de", which most often ends in the same mailbox; None for an address without a tag."""
    local, _at, domain = email.partition("@")
    plain, plus, _tag = local.partition("+")
    return f"{plain}@{domain}" if plus else None
