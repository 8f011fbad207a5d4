"""`doctor`: looks at everything the portal needs and says what to do about what is wrong."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from riskportal.app import Portal
from riskportal.cli.common import SYSTEM, Invocation, explain, packages, say
from riskportal.clock import SystemClock
from riskportal.db.migrate import pending
from riskportal.jobs.models import DEAD, QUEUED, JobRow
from riskportal.mail.transports import MailDeferred
from riskportal.tenancy.models import Tenant, TenantHost

# A job that is due for so long found no worker.
LATE = timedelta(minutes=5)
MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is (`ok`, `warn`, `fail`), and what to do."""

    what: str
    state: str
    text: str
    todo: str = ""


def add_commands(subparsers: Any) -> None:
    """Add the command of this file."""
    doctor = subparsers.add_parser("doctor", help="check configuration, database, mail, storage and worker")
    doctor.set_defaults(func=_doctor)


def _doctor(_arguments: argparse.Namespace, invocation: Invocation) -> int:
    found = list(examine(invocation))
    for finding in found:
        say(f"{MARKS[finding.state]}  {finding.what:<14}{finding.text}")
        if finding.todo:
            say(f"      {'':<14}-> {finding.todo}")
    fails = sum(finding.state == "fail" for finding in found)
    warns = sum(finding.state == "warn" for finding in found)
    say(f"{fails} to repair, {warns} to look at." if fails or warns else "All is well.")
    return 1 if fails else 0


def examine(invocation: Invocation) -> Iterator[Finding]:
    """Every check in turn; what depends on something broken is left out."""
    try:
        portal = invocation.portal()
    except Exception as error:
        sentence = explain(error)
        if sentence is None and not isinstance(error, ValueError):
            raise
        todo = (
            f"correct {invocation.config}"
            if Path(invocation.config).exists()
            else "name it: riskportal -c FILE.ini doctor"
        )
        yield Finding("configuration", "fail", sentence or str(error), todo)
        return
    modules = ", ".join(loaded.module.name for loaded in portal.seam.modules) or "none"
    yield Finding("configuration", "ok", f"{invocation.config} is understood; modules: {modules}")
    yield from _secret(portal)
    database = list(_database(portal, invocation.config))
    yield from database
    yield from _mail(portal)
    yield from _storage(portal)
    yield from _clock(portal)
    if all(finding.state == "ok" for finding in database):
        yield from _tenants(portal)
        yield from _jobs(portal)


def _secret(portal: Portal) -> Iterator[Finding]:
    if portal.settings["secret"]:
        yield Finding("secret", "ok", "is set")
    else:
        yield Finding(
            "secret", "ok", "the built-in one of development; production refuses to start without one of its own"
        )


def _database(portal: Portal, config: str) -> Iterator[Finding]:
    url = portal.database.url.render_as_string(hide_password=True)
    try:
        missing = pending(portal.database.url, packages(portal))
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        todo = "start it, or correct riskportal.database"
        yield Finding("database", "fail", f"{url} doesn't answer: {reason}", todo)
        return
    yield Finding("database", "ok", f"{url} answers")
    if missing:
        text = f"tables are not up to date ({len(missing)} revisions missing)"
        yield Finding("migrations", "fail", text, f"riskportal -c {config} migrate")
    else:
        yield Finding("migrations", "ok", "tables are up to date")


def _mail(portal: Portal) -> Iterator[Finding]:
    try:
        text = portal.transport.check()
    except MailDeferred as error:
        yield Finding("mail", "fail", str(error), "correct riskportal.mail, or repair the mail server")
        return
    if portal.settings.production and str(portal.settings["mail"]).startswith("file:"):
        yield Finding("mail", "warn", f"{text}; nobody receives them", "set riskportal.mail = smtp://...")
    else:
        yield Finding("mail", "ok", text)


def _storage(portal: Portal) -> Iterator[Finding]:
    try:
        yield Finding("storage", "ok", portal.blobs.check())
    except OSError as error:
        todo = "let this user write there, or correct riskportal.files"
        yield Finding("storage", "fail", f"files can't be kept: {error}", todo)


def _clock(portal: Portal) -> Iterator[Finding]:
    now = portal.clock.now()
    if isinstance(portal.clock, SystemClock):
        yield Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC by the machine's clock")
        return
    state = "fail" if portal.settings.production else "warn"
    text = f"is set to {now:%Y-%m-%d %H:%M} UTC, not to the machine's clock"
    yield Finding("clock", state, text, "remove riskportal.clock")


def _tenants(portal: Portal) -> Iterator[Finding]:
    with portal.database.session(SYSTEM, write=False) as db:
        tenants = list(db.scalars(select(Tenant).order_by(Tenant.name)))
        hosts: dict[int, list[str]] = {}
        for row in db.scalars(select(TenantHost)):
            hosts.setdefault(row.tenant_id, []).append(row.host)
    if not tenants:
        todo = "riskportal tenant add HOST --name NAME ..., or riskportal load FILE"
        yield Finding("tenants", "warn", "there is none, so every page answers 404", todo)
    for tenant in tenants:
        yield from _addresses(portal, tenant, hosts.get(tenant.id, []))
    yield from _proxy(portal, tenants)


def _addresses(portal: Portal, tenant: Tenant, hosts: list[str]) -> Iterator[Finding]:
    url = urlsplit(tenant.base_url)
    if url.hostname not in hosts:
        text = f"{tenant.name}: its base address {tenant.base_url} has a host that it doesn't answer under"
        yield Finding(
            "tenants", "fail", text, f"riskportal tenant set {(hosts or ['HOST'])[0]} --base-url https://..."
        )
    elif portal.settings.production and url.scheme != "https":
        text = f"{tenant.name}: links in mails lead to {tenant.base_url}, without TLS"
        yield Finding("tenants", "warn", text, f"riskportal tenant set {url.hostname} --base-url https://...")
    elif tenant.logo_sha256 is not None and not portal.blobs.exists(tenant.logo_sha256):
        text = f"{tenant.name}: its logo is not in the storage"
        yield Finding(
            "tenants", "fail", text, f"riskportal tenant set {url.hostname} --logo FILE, or restore the files"
        )
    else:
        yield Finding("tenants", "ok", f"{tenant.name} at {tenant.base_url} ({', '.join(hosts)})")


def _proxy(portal: Portal, tenants: list[Tenant]) -> Iterator[Finding]:
    """The portal speaks no TLS itself: where links lead to https, something stands before it."""
    behind = portal.settings.production and any(tenant.base_url.startswith("https:") for tenant in tenants)
    if behind and not portal.settings["trusted_proxies"]:
        text = "the proxy that speaks TLS isn't believed: all visitors share one network and its limits on sign-ins"
        yield Finding("proxy", "warn", text, "set riskportal.trusted_proxies to the proxy's address, e.g. 127.0.0.1")


def _jobs(portal: Portal) -> Iterator[Finding]:
    late = portal.clock.now() - LATE
    count = select(func.count()).select_from(JobRow)
    with portal.database.session(SYSTEM, write=False) as db:
        waiting = db.scalar(count.where(JobRow.state == QUEUED, JobRow.run_at < late)) or 0
        dead = db.scalar(count.where(JobRow.state == DEAD)) or 0
    if waiting:
        text = f"{waiting} jobs are waiting for more than {LATE.seconds // 60} minutes"
        yield Finding("worker", "warn", text, "run `riskportal serve` or `riskportal worker`")
    else:
        yield Finding("worker", "ok", "no job waits too long")
    if dead:
        yield Finding(
            "dead letters",
            "warn",
            f"{dead} jobs gave up",
            "riskportal jobs list says why; riskportal jobs retry NUMBER tries again",
        )
