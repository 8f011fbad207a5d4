"""Changing a tenant field by field, checked by the same schema as the portfolio file."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import colander
from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.files.blobs import BlobStore
from riskportal.files.logos import MAX_STORED_BYTES
from riskportal.portfolio.base import PortfolioError, Problem
from riskportal.portfolio.check import flat
from riskportal.portfolio.parts import address_columns
from riskportal.portfolio.tenants import TenantSchema, read_logo_file
from riskportal.tenancy.hosts import host_of, set_hosts
from riskportal.tenancy.models import Tenant, TenantHost
from riskportal.tenancy.services import config_changed


def change_tenant(
    db: Session, tenant: Tenant, values: Mapping[str, Any], *, logo: Path | None, blobs: BlobStore
) -> list[str]:
    """Change the given fields; returns their names. PortfolioError lists every bad value; then nothing changed.

    `db` sees all tenants. `values` are raw values by field of the tenants section; of `address` the given
    parts change.
    """
    checked, problems = _checked(values)
    problems += _host_problems(db, tenant, checked)
    picture = None
    if logo is not None:
        try:
            picture = read_logo_file(logo)
        except ValueError as error:
            problems.append(Problem("--logo", str(error)))
    if problems:
        raise PortfolioError(problems)
    if picture is not None:
        blobs.put(io.BytesIO(picture.content), limit=MAX_STORED_BYTES)
        tenant.logo_sha256, tenant.logo_media_type = picture.sha256, picture.media_type
    for name, value in checked.items():
        _set(db, tenant, name, value)
    changed = [*checked, *(["logo"] if picture else [])]
    if changed:
        config_changed(tenant)
    return changed


def _checked(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    schema = TenantSchema()
    checked: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in values.items():
        try:
            checked[name] = schema[name].deserialize(value)
        except colander.Invalid as error:
            problems += flat(error, "--" + name.replace("_", "-"))
    return checked, problems


def _host_problems(db: Session, tenant: Tenant, checked: Mapping[str, Any]) -> Iterator[Problem]:
    """Hosts of others, and a base address whose host the portal wouldn't answer under."""
    stored = {row.host: row.tenant_id for row in db.scalars(select(TenantHost))}
    hosts = checked.get("hosts") or [host for host, owner in stored.items() if owner == tenant.id]
    for host in checked.get("hosts") or ():
        if stored.get(host, tenant.id) != tenant.id:
            yield Problem("--host", f'"{host}" belongs to another tenant already')
    base = host_of(checked.get("base_url") or tenant.base_url)
    if ("hosts" in checked or "base_url" in checked) and base not in hosts:
        yield Problem(
            "--base-url",
            f"its host {base} is not among the tenant's host names ({', '.join(hosts)}); add it by --host",
        )


def _set(db: Session, tenant: Tenant, name: str, value: Any) -> None:
    if name == "hosts":
        set_hosts(db, tenant, value)
    elif name == "address":
        given = {part for part, text in value.items() if text is not None}
        for column, text in address_columns(value).items():
            if column.removeprefix("address_") in given:
                setattr(tenant, column, text)
    else:
        setattr(tenant, name, list(value) if name == "languages" else value)
