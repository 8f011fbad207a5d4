"""Everything that outlives a request, made once from the settings: database, modules, mail, files, worker.

The web application, the worker and every command share it; `riskportal.main` puts it at
`registry.portal`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import colander
import deform
from pyramid.paster import get_appsettings

from riskportal.clock import Clock, local_date
from riskportal.customers.checks import REGISTER
from riskportal.customers.vies import VatRegister, register_from_setting
from riskportal.db.migrate import Readiness
from riskportal.db.session import Database
from riskportal.files.blobs import BlobStore, store_from_setting
from riskportal.identity.sessions import Lifetime
from riskportal.jobs.worker import Worker, contexts
from riskportal.mail.declarations import MAILER, TRANSPORT
from riskportal.mail.rendering import MailTexts
from riskportal.mail.services import Mailer
from riskportal.mail.transports import Transport, transport_from_setting
from riskportal.plug.manager import load_modules
from riskportal.plug.seam import Seam, gather
from riskportal.security.limits import RateLimits
from riskportal.settings import Settings, read_settings
from riskportal.shell.declarations import CORE_DECLARATIONS
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import TenantConfigs
from riskportal.web.format import Format
from riskportal.web.i18n import Catalogue, Translator, load_catalogues

# Development and demo only; production refuses to start without a secret of its own.
DEVELOPMENT_SECRET = "riskportal-development-only-secret-0000"  # noqa: S105

CORE_LOCALE = Path(__file__).parent / "locale"


@dataclass(frozen=True)
class Portal:
    """What the process holds. `secret` signs cookies and seals secrets."""

    settings: Settings
    clock: Clock
    database: Database
    seam: Seam
    configs: TenantConfigs
    catalogues: Mapping[str, Catalogue]
    blobs: BlobStore
    transport: Transport
    vat_register: VatRegister | None
    mailer: Mailer
    limits: RateLimits
    readiness: Readiness
    secret: str

    @classmethod
    def from_ini(cls, path: str) -> Portal:
        """Build from an ini file's `[app:main]` section; raises what `build` raises."""
        return cls.build(get_appsettings(path, name="main"))

    @classmethod
    def build(cls, ini: Mapping[str, str], clock: Clock | None = None) -> Portal:
        """Build from ini values. SettingsError, DeclarationError or ValueError say what to correct."""
        settings = read_settings(ini)
        clock = clock or settings["clock"]
        seam = gather(load_modules(settings["plugins"]), CORE_DECLARATIONS)
        secret = settings["secret"] or DEVELOPMENT_SECRET
        blobs = store_from_setting(settings["files"])
        catalogues = load_catalogues(CORE_LOCALE, _module_folders(seam), _library_catalogues())
        return cls(
            settings=settings,
            clock=clock,
            database=Database(settings["database"], clock),
            seam=seam,
            configs=TenantConfigs(seam.settings, seam.permissions),
            catalogues=catalogues,
            blobs=blobs,
            transport=transport_from_setting(settings["mail"]),
            vat_register=register_from_setting(settings["vat_register"]),
            mailer=Mailer(seam.emails, _mail_texts(catalogues, clock), secret, blobs),
            limits=RateLimits(settings["rate_limits"]),
            readiness=Readiness(settings["database"], [loaded.package for loaded in seam.modules]),
            secret=secret,
        )

    @property
    def session_lifetime(self) -> Lifetime:
        """How long sessions live."""
        return Lifetime(
            idle=timedelta(hours=self.settings["session_idle_hours"]),
            absolute=timedelta(hours=self.settings["session_absolute_hours"]),
        )

    def worker(self) -> Worker:
        """A worker over all declared jobs."""
        services = {MAILER: self.mailer, TRANSPORT: self.transport, REGISTER: self.vat_register, "portal": self}
        return Worker(self.database, self.seam.jobs, contexts(self.database, self.settings.values, services))


def _module_folders(seam: Seam) -> dict[str, Path]:
    return {loaded.package: loaded.folder / "locale" for loaded in seam.modules}


def _library_catalogues() -> list[tuple[str, Path]]:
    """Messages of colander and deform, which come translated."""
    return [
        ("colander", Path(colander.__file__).parent / "locale"),
        ("deform", Path(deform.__file__).parent / "locale"),
    ]


def _mail_texts(catalogues: Mapping[str, Catalogue], clock: Clock) -> MailTexts:
    def formatter(language: str, tenant: Tenant) -> Format:
        return Format(language, tenant.time_zone, local_date(clock.now(), tenant.time_zone))

    def translate(message: str, language: str) -> str:
        catalogue = catalogues.get(language) or catalogues["en"]
        return Translator(catalogue, str).translate(message)

    return MailTexts(translate=translate, formatter=formatter)
