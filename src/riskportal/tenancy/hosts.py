"""Host names of a tenant: how they are written, and how they come and go.

A name stands once in the whole installation. Whoever asks for one that another tenant has learns only that it
can't be used. The last name stays, and so does the one that links in mails lead to.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import idna
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from riskportal.tenancy.models import Tenant, TenantHost
from riskportal.tenancy.services import config_changed, lock_tenant

MOST_HOSTS = 50
BASE_URL_LENGTH = 300
_HOST_LABELS = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\Z")


class HostRefused(Exception):
    """A change of host names against their rules. `code` is one of

    taken (it can't be used, whoever has it), known (it is among the names already), many (MOST_HOSTS reached),
    last (it is the only one), base (links in mails lead to it), absent (it is none of the tenant's names).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def canonical_host(text: str) -> str:
    """A host name as requests carry it: lower-case A-labels, no port; or an IPv4 address. ValueError otherwise."""
    name = text.strip().removesuffix(".").lower()
    try:
        return str(ipaddress.IPv4Address(name))
    except ValueError:
        pass
    try:
        label = name if name.isascii() else idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise ValueError(f"not a host name: {text!r}") from error
    if len(label) > 253 or not _HOST_LABELS.match(label):
        raise ValueError(f"not a host name: {text!r}")
    return label


def canonical_base_url(text: str) -> str:
    """`https://portal.example` without a path or a slash at the end; ValueError otherwise."""
    url = urlsplit(text.strip())
    if url.scheme not in ("http", "https") or not url.hostname or url.path not in ("", "/"):
        raise ValueError(f"not a base address: {text!r}")
    if url.query or url.fragment or url.username or url.password:
        raise ValueError(f"not a base address: {text!r}")
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{canonical_host(url.hostname)}{port}"


def host_of(base_url: str) -> str:
    """The host name of a canonical base address."""
    return urlsplit(base_url).hostname or ""


def as_people_read_it(host: str) -> str | None:
    """The name in its own letters, None when those are ASCII: "xn--mnchen-3ya.example" -> "münchen.example"."""
    try:
        read = idna.decode(host)
    except (idna.IDNAError, UnicodeError):
        return None
    return read if read != host else None


def hosts_of(db: Session) -> list[str]:
    """The host names of the session's tenant, the oldest first."""
    return list(db.scalars(select(TenantHost.host).order_by(TenantHost.id)))


def set_hosts(db: Session, tenant: Tenant, hosts: Sequence[str]) -> None:
    """Make these canonical names, checked before, a tenant's only ones; for sessions above tenants."""
    rows = {row.host: row for row in db.scalars(select(TenantHost).where(TenantHost.tenant_id == tenant.id))}
    for host in rows.keys() - set(hosts):
        db.delete(rows[host])
    db.add_all(TenantHost(tenant_id=tenant.id, host=host) for host in hosts if host not in rows)


def add_host(db: Session, host: str) -> None:
    """Let the session's tenant answer under a canonical name as well; HostRefused says what is against it."""
    tenant = lock_tenant(db)
    known = hosts_of(db)
    if host in known:
        raise HostRefused("known")
    if len(known) >= MOST_HOSTS:
        raise HostRefused("many")
    try:
        # The session doesn't see other tenants' names; the database does.
        with db.begin_nested():
            db.add(TenantHost(host=host))
    except IntegrityError:
        raise HostRefused("taken") from None
    config_changed(tenant)


def remove_host(db: Session, host: str) -> None:
    """Stop answering under a name; HostRefused when it has to stay or is none of the tenant's."""
    tenant = lock_tenant(db)
    rows = {row.host: row for row in db.scalars(select(TenantHost))}
    if host not in rows:
        raise HostRefused("absent")
    if len(rows) == 1:
        raise HostRefused("last")
    if host == host_of(tenant.base_url):
        raise HostRefused("base")
    db.delete(rows[host])
    config_changed(tenant)


def change_base_url(db: Session, base_url: str, *, moving: Callable[[], None] | None = None) -> str:
    """Let links lead to another canonical address and return the one before; HostRefused unless its host is ours.

    `moving` is called when that is another host, on the locked row: whatever it raises keeps the address.
    """
    tenant = lock_tenant(db)
    if host_of(base_url) not in hosts_of(db):
        raise HostRefused("absent")
    before = tenant.base_url
    if moving is not None and host_of(base_url) != host_of(before):
        moving()
    if base_url != before:
        tenant.base_url = base_url
        config_changed(tenant)
    return before
