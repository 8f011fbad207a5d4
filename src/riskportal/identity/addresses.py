"""E-mail addresses and domains in one canonical form, so that equal means equal.

The local part is compared byte for byte after ASCII lower-casing, never folded or normalised
into another person's; the domain becomes its IDNA A-label (UTS 46).
"""

from __future__ import annotations

import re

import idna

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

# Domains under which anybody gets an address, and suffixes under which anybody gets a domain (the common
# ones of publicsuffix.org): a domain rule for one would let the world in.
OPEN_DOMAINS = frozenset(
    "aol.com arcor.de email.de fastmail.com freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net "
    "googlemail.com hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.fr icloud.com laposte.net libero.it "
    "live.com live.de mac.com mail.com mail.de mail.ru mailbox.org me.com msn.com naver.com o2.pl orange.fr "
    "outlook.com outlook.de pm.me posteo.de proton.me protonmail.com qq.com rocketmail.com seznam.cz t-online.de "
    "tutanota.com vodafone.de web.de wp.pl yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com yandex.ru ymail.com "
    "zoho.com 126.com 163.com "
    "ac.uk co.at co.il co.in co.jp co.kr co.nz co.uk co.za com.ar com.au com.br com.cn com.hk com.mx com.pl com.sg "
    "com.tr com.tw gov.uk ltd.uk me.uk net.au net.uk or.at org.au org.uk plc.uk".split()
)


def canonical_domain(text: str) -> str:
    """`text` as a lower-case A-label, e.g. "Ünïcode.example." -> "xn--ncode-3raz.example".

    ValueError when it is no host name with at least two labels.
    """
    name = text.strip().removesuffix(".")
    try:
        label = idna.encode(name, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise ValueError(f"not a domain: {text!r}") from error
    if "." not in label or label.replace(".", "").isdigit() or len(label) > 253:
        raise ValueError(f"not a domain: {text!r}")
    return label


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


def is_open_domain(domain: str) -> bool:
    """Whether anybody can get an address under this canonical domain, so that it names no organisation."""
    return domain in OPEN_DOMAINS
