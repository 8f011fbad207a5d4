"""The section of tenants: the providers themselves, written above all tenants in the load's one transaction."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import colander
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from riskportal.files.blobs import BlobStore
from riskportal.files.images import NotAnImage
from riskportal.files.logos import MAX_LOGO_BYTES, MAX_STORED_BYTES, Logo, read_logo
from riskportal.mail.addresses import check_name
from riskportal.mail.rendering import MailError
from riskportal.plug.declarations import Importer
from riskportal.portfolio.base import LoadContext, Problem, ProofRow, Record, Tally, digest_of
from riskportal.portfolio.fields import (
    Currency,
    Email,
    Pattern,
    RecordSchema,
    Text,
    TextField,
    did_you_mean,
    optional,
    required,
    several,
)
from riskportal.portfolio.models import ImportedRecord
from riskportal.portfolio.parts import AddressSchema, Language, address_columns
from riskportal.tenancy.brand import checked_accent
from riskportal.tenancy.details import BIC, IBAN, checked_iban, checked_time_zone
from riskportal.tenancy.hosts import canonical_base_url, canonical_host, host_of, set_hosts
from riskportal.tenancy.models import Tenant, TenantHost, TenantModule
from riskportal.tenancy.services import config_changed

SECTION = "tenants"


class Host(TextField):
    """A host name without a port."""

    expected = "a host name without a port such as portal.example"
    json_schema = {"type": "string", "format": "hostname", "maxLength": 253}

    def convert(self, node: Any, text: str) -> str:
        try:
            return canonical_host(text)
        except ValueError:
            raise self._refuse(node, text) from None


class BaseUrl(TextField):
    """The public address of a portal."""

    expected = "an address without a path such as https://portal.example"
    json_schema = {"type": "string", "format": "uri", "maxLength": 300}

    def convert(self, node: Any, text: str) -> str:
        try:
            return canonical_base_url(text)
        except ValueError:
            raise self._refuse(node, text) from None


class Accent(TextField):
    """The brand's colour; refused when nobody could read what stands on it."""

    expected = "a colour such as #0b5d57"
    json_schema = {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}

    def convert(self, node: Any, text: str) -> str:
        try:
            return checked_accent(text)
        except ValueError as error:
            raise colander.Invalid(node, str(error)) from None


class TimeZone(TextField):
    """An IANA time zone."""

    expected = "an IANA time zone such as Europe/Berlin"

    def convert(self, node: Any, text: str) -> str:
        try:
            return checked_time_zone(text)
        except ValueError:
            raise self._refuse(node, text) from None


class Iban(Pattern):
    """An IBAN whose check digits are right."""

    def __init__(self) -> None:
        super().__init__(IBAN, "an IBAN without blanks")

    def convert(self, node: Any, text: str) -> str:
        try:
            return checked_iban(super().convert(node, text))
        except ValueError:
            raise self._refuse(node, text) from None


class SenderName(Text):
    """A name that stands in the From line of mails, on one line."""

    def __init__(self) -> None:
        super().__init__(200)
        self.expected += " on one line"

    def convert(self, node: Any, text: str) -> str:
        name = super().convert(node, text)
        try:
            return check_name(name)
        except MailError:
            # Every mail would fail later, those that let people sign in first.
            raise self._refuse(node, text) from None


class TenantSchema(RecordSchema):
    """A provider: its brand, its legal entity, and the host names its portal answers under."""

    name = required(SenderName(), description="as customers know it")
    legal_name = required(Text(200), description="as on invoices")
    base_url = required(BaseUrl(), description="links in mails start with it; its host must stand in `hosts`")
    hosts = several(required(Host()), least=1, most=50)
    accent = optional(Accent(), "#0b5d57")
    logo = optional(Text(300), description="a PNG or JPEG file, its path relative to this file, at most 1 MiB")
    sender_name = optional(SenderName(), description="who mails come from; the name when left out")
    sender_address = required(Email())
    support_email = optional(Email())
    phone = optional(Text(40))
    address = AddressSchema(missing=None)
    vat_number = optional(Text(30))
    registration_number = optional(Text(60))
    iban = optional(Iban())
    bic = optional(Pattern(BIC, "a BIC of 8 or 11 characters"))
    time_zone = required(TimeZone())
    currency = required(Currency())
    languages = several(required(Language()), least=1, most=10)
    modules_off = several(required(Text(40)), description="modules that this tenant doesn't use")


def check_tenant(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the fields can't say one by one."""
    host = host_of(data["base_url"])
    if host not in data["hosts"]:
        yield "base_url", f"its host {host} is not in hosts; links in mails would lead nowhere"
    for name in ("hosts", "languages", "modules_off"):
        for position, value in enumerate(data[name]):
            if value in data[name][:position]:
                yield f"{name}[{position}]", f'"{value}" stands here twice; keep one'
    if not (data["address"] or {}).get("country"):
        yield "address", 'is missing: expected at least {"country": "DE"}'


def read_logo_file(path: Path) -> Logo:
    """A PNG or JPEG picture from a file; ValueError says what is wrong with it."""
    try:
        content = path.read_bytes() if path.stat().st_size <= MAX_LOGO_BYTES else None
    except OSError as error:
        raise ValueError(f"can't read {path.name}: {error.strerror}") from None
    if content is None:
        raise ValueError(f"{path.name} is larger than {MAX_LOGO_BYTES // 1024} KiB")
    try:
        return read_logo(content)
    except NotAnImage:
        raise ValueError(f"{path.name} is no PNG or JPEG picture of a usable size") from None


def read_logos(records: Sequence[Record], folder: Path | None) -> tuple[dict[str, Logo], list[Problem]]:
    """The logos that the tenants name, by the tenant's ref. They must lie in the file's folder or below."""
    logos: dict[str, Logo] = {}
    problems = []
    for record in records:
        name = record.data["logo"]
        if name is None:
            continue
        try:
            logos[record.ref] = read_logo_file(_inside(folder, name))
        except ValueError as error:
            problems.append(Problem(f"{record.path}.logo", str(error)))
    return logos, problems


def _inside(folder: Path | None, name: str) -> Path:
    if folder is None:
        raise ValueError("a logo needs a file to be relative to")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError("expected a path inside the folder of this file")
    return path


def check_tenants(db: Session, records: Sequence[Record], modules: Collection[str]) -> Iterator[Problem]:
    """Host names that another tenant has, and switches of modules that are not installed."""
    known = known_tenants(db)
    taken = {row.host: row.tenant_id for row in db.scalars(select(TenantHost))}
    first: dict[str, str] = {}
    for record in records:
        own = known.get(record.ref)
        for position, host in enumerate(record.data["hosts"]):
            path = f"{record.path}.hosts[{position}]"
            if taken.get(host, own) != own:
                yield Problem(path, f'"{host}" belongs to another tenant of the database already')
            if first.setdefault(host, record.path) != record.path:
                yield Problem(path, f'"{host}" belongs to {first[host]} already')
        for position, module in enumerate(record.data["modules_off"]):
            if module not in modules:
                hint = did_you_mean(module, list(modules)) or f"; enabled are {', '.join(modules) or 'none'}"
                yield Problem(f"{record.path}.modules_off[{position}]", f'unknown module "{module}"{hint}')


def known_tenants(db: Session) -> dict[str, int]:
    """Refs of tenants loaded before, with their ids; needs a session above tenants."""
    entry = ImportedRecord
    found = db.execute(select(entry.ref, entry.record_id).where(entry.section == SECTION))
    return {ref: tenant_id for ref, tenant_id in found}  # noqa: C416 (a row is a tuple only to the reader)


def tenant_keys(db: Session) -> dict[str, str]:
    """Every name of a tenant in the database (ref, host names) and the one key that stands for it."""
    refs = {tenant_id: ref for ref, tenant_id in known_tenants(db).items()}
    keys = {ref: ref for ref in refs.values()}
    for row in db.scalars(select(TenantHost).order_by(TenantHost.id)):
        # A tenant that was added by hand has no ref: its first host name stands for it.
        keys[row.host] = refs.setdefault(row.tenant_id, row.host)
    return keys


def tenant_ids(db: Session) -> dict[str, int]:
    """The tenants' ids by key (see `tenant_keys`)."""
    refs = {tenant_id: ref for ref, tenant_id in known_tenants(db).items()}
    for row in db.scalars(select(TenantHost).order_by(TenantHost.id)):
        refs.setdefault(row.tenant_id, row.host)
    return {key: tenant_id for tenant_id, key in refs.items()}


def load_tenants(db: Session, records: Sequence[Record], logos: Mapping[str, Logo], blobs: BlobStore | None) -> Tally:
    """Create or bring up to date; `blobs` None (a dry run) leaves the logo files alone."""
    tally = Tally()
    known = {
        entry.ref: entry for entry in db.scalars(select(ImportedRecord).where(ImportedRecord.section == SECTION))
    }
    for record in records:
        logo = logos.get(record.ref)
        digest = digest_of({"record": record.digest, "logo": logo.sha256 if logo else None})
        entry = known.get(record.ref)
        if entry is not None and entry.digest == digest:
            tally.unchanged += 1
            continue
        if logo is not None and blobs is not None:
            blobs.put(io.BytesIO(logo.content), limit=MAX_STORED_BYTES)
        if entry is None:
            tenant = Tenant(**_columns(record.data, logo))
            db.add(tenant)
            db.flush()
            _remember(db, record.ref, tenant, digest)
            tally.created += 1
        else:
            tenant = db.get_one(Tenant, entry.record_id)
            for name, value in _columns(record.data, logo).items():
                setattr(tenant, name, value)
            config_changed(tenant)
            entry.digest = digest
            tally.updated += 1
        set_hosts(db, tenant, record.data["hosts"])
        _set_modules(db, tenant, record.data["modules_off"])
    db.flush()
    return tally


def _columns(data: Mapping[str, Any], logo: Logo | None) -> dict[str, Any]:
    same = (
        "name legal_name base_url accent sender_address support_email phone vat_number registration_number "
        "iban bic time_zone currency"
    ).split()
    return {
        **{name: data[name] for name in same},
        **address_columns(data["address"]),
        "sender_name": data["sender_name"] or data["name"],
        "languages": list(data["languages"]),
        "logo_sha256": logo.sha256 if logo else None,
        "logo_media_type": logo.media_type if logo else None,
    }


def _remember(db: Session, ref: str, tenant: Tenant, digest: str) -> None:
    entry = {"tenant_id": tenant.id, "section": SECTION, "ref": ref, "record_id": tenant.id, "digest": digest}
    db.execute(insert(ImportedRecord), [{**entry, "public_id": tenant.public_id}])


def _set_modules(db: Session, tenant: Tenant, off: Sequence[str]) -> None:
    """What the file switches off is off; what it no longer names is on again."""
    mine = TenantModule.tenant_id == tenant.id
    db.execute(update(TenantModule).where(mine).values(enabled=TenantModule.module.not_in(off)))
    known = set(db.scalars(select(TenantModule.module).where(mine)))
    db.add_all(TenantModule(tenant_id=tenant.id, module=name, enabled=False) for name in off if name not in known)


def prove_tenants(db: Session, records: Sequence[Record]) -> ProofRow:
    """How many of the file's tenants the database has."""
    known = known_tenants(db)
    ids = [known[record.ref] for record in records if record.ref in known]
    found = len(db.scalars(select(Tenant.id).where(Tenant.id.in_(ids))).all())
    return ProofRow(SECTION, "records", len(records), found)


def _above(_ctx: LoadContext, _records: Sequence[Record]) -> Any:
    raise NotImplementedError("the loader writes tenants itself, above all tenants")


TENANTS_IMPORTER = Importer(
    SECTION,
    TenantSchema,
    load=_above,
    proof=_above,
    check=check_tenant,
    example={
        "ref": "riskito",
        "name": "RiskITO",
        "legal_name": "RiskITO GmbH",
        "base_url": "https://portal.riskito.example",
        "hosts": ["portal.riskito.example"],
        "accent": "#0b5d57",
        "sender_address": "hello@riskito.example",
        "address": {"line1": "Speicherweg 9", "postcode": "20457", "city": "Hamburg", "country": "DE"},
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
        "languages": ["en", "de"],
    },
)
