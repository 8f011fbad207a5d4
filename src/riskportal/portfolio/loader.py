"""Loads a portfolio file: check everything, write it in one transaction, prove it, and only then commit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from riskportal.audit.services import Actor, record
from riskportal.clock import local_date
from riskportal.db.guard import Scope
from riskportal.db.session import Database, Transaction
from riskportal.files.blobs import BlobStore
from riskportal.files.logos import Logo
from riskportal.plug.declarations import Importer
from riskportal.portfolio import tenants as tenants_section
from riskportal.portfolio.base import LoadContext, PortfolioError, Problem, ProofRow, Tally
from riskportal.portfolio.check import TENANTS, Checked, Tenants, check_file, in_order
from riskportal.portfolio.fields import did_you_mean, shown
from riskportal.portfolio.reader import read_file
from riskportal.portfolio.report import Report, TenantReport
from riskportal.portfolio.report import shown as shown_figure
from riskportal.tenancy.models import Tenant

SYSTEM = Scope.system_wide("portfolio.tenants")


class Loader:
    """Loads files into one database.

    `modules` are the names of the enabled modules, for the tenants' switches.
    """

    def __init__(
        self,
        database: Database,
        importers: Iterable[Importer],
        blobs: BlobStore | None = None,
        modules: Collection[str] = (),
    ) -> None:
        self.database = database
        self.importers = in_order(importers)
        self.blobs = blobs
        self.modules = modules

    def load_file(self, path: Path, *, dry_run: bool = False, tenant: str | None = None) -> Report:
        """Load a JSON file; PortfolioError lists everything that is wrong with it, and then nothing was written."""
        return self.load(read_file(path), folder=path.parent, dry_run=dry_run, tenant=tenant)

    def load(
        self, raw: Any, *, folder: Path | None = None, dry_run: bool = False, tenant: str | None = None
    ) -> Report:
        """Load parsed JSON. `folder` is what logo paths are relative to, `tenant` whose the records are."""
        checked = check_file(raw, self.importers, self._tenants(tenant))
        logos, problems = tenants_section.read_logos(checked.tenants(), folder)
        checked.problems += problems
        try:
            with self.database.transaction() as transaction:
                transaction.dry_run = dry_run
                return _Load(self, transaction, checked, logos).run()
        except IntegrityError as error:
            raise PortfolioError([Problem("", _refused(error))]) from error
        except OperationalError as error:
            if "locked" not in str(error.orig):
                raise
            message = "another process is writing to the database; nothing was written, try again"
            raise PortfolioError([Problem("", message)]) from error

    def _tenants(self, wanted: str | None) -> Tenants:
        with self.database.session(SYSTEM, write=False) as db:
            keys = tenants_section.tenant_keys(db)
        if wanted is not None and wanted not in keys:
            hint = did_you_mean(wanted, list(keys)) or f"; known are {', '.join(keys) or 'none'}"
            raise PortfolioError([Problem("--tenant", f"no tenant {shown(wanted)} in the database{hint}")])
        return Tenants(keys, None if wanted is None else keys[wanted])


@dataclass
class _Load:
    """One load inside its transaction."""

    loader: Loader
    transaction: Transaction
    checked: Checked
    logos: Mapping[str, Logo]
    contexts: dict[str, LoadContext] = field(default_factory=dict)

    def run(self) -> Report:
        system = self.transaction.session(SYSTEM)
        problems = [*self.checked.problems, *self._problems_beside_database(system)]
        if problems:
            raise PortfolioError(sorted(set(problems), key=problems.index))
        report = Report(self.transaction.dry_run)
        self._write_tenants(system, report)
        self._open_contexts(system)
        for key, ctx in self.contexts.items():
            report.parts.append(self._write_tenant(key, ctx))
        self._prove(system, report)
        return report

    def _problems_beside_database(self, system: Session) -> Iterator[Problem]:
        """References and rules that need the rows loaded before; tenants that are new have none."""
        yield from tenants_section.check_tenants(system, self.checked.tenants(), self.loader.modules)
        self._open_contexts(system)
        for key in self.checked.owners():
            ctx = self.contexts.get(key)
            yield from self._lost_refs(key, ctx)
            for importer in self.loader.importers:
                records = self.checked.of(importer.section, key)
                if records and importer.check_all is not None:
                    found = importer.check_all(ctx, records)
                    yield from (Problem(path, message) for path, message in found)

    def _open_contexts(self, system: Session) -> None:
        """A guarded session for every tenant of the file that is in the database by now."""
        ids = tenants_section.tenant_ids(system)
        for key in self.checked.owners():
            if key not in self.contexts and key in ids:
                db = self.transaction.session(Scope.tenant_wide(ids[key]))
                tenant = db.get_one(Tenant, ids[key])
                clock = self.loader.database.clock
                self.contexts[key] = LoadContext(db, tenant, clock, local_date(clock.now(), tenant.time_zone))

    def _lost_refs(self, key: str, ctx: LoadContext | None) -> Iterator[Problem]:
        wanted = self.checked.wanted.get(key, [])
        sections = {importer.section: importer for importer in self.loader.importers}
        if ctx is not None:
            for section in {want.section for want in wanted}:
                ctx.remember(section, (want.ref for want in wanted if want.section == section))
            for section in sections:
                ctx.remember(section, (record.ref for record in self.checked.of(section, key)))
        for want in wanted:
            if ctx is not None and (want.section, want.ref) in ctx.known:
                continue
            own = list(self.checked.own.get(key, {}).get(want.section, {}))
            message = f"no record {shown(want.ref)} in {want.section}, neither in this file nor loaded before"
            yield Problem(want.path, message + did_you_mean(want.ref, own))

    def _write_tenants(self, system: Session, report: Report) -> None:
        records = self.checked.tenants()
        if records:
            blobs = None if self.transaction.dry_run else self.loader.blobs
            part = TenantReport("All tenants")
            part.tallies[TENANTS] = tenants_section.load_tenants(system, records, self.logos, blobs)
            report.parts.append(part)

    def _write_tenant(self, key: str, ctx: LoadContext) -> TenantReport:
        part = TenantReport(ctx.tenant.name)
        problems: list[Problem] = []
        for importer in self.loader.importers:
            records = self.checked.of(importer.section, key)
            if not records or importer.section == TENANTS:
                continue
            try:
                part.tallies[importer.section] = importer.load(ctx, records)
            except PortfolioError as error:
                problems += error.problems
                break  # later sections may point at what this one didn't write
        problems += ctx.problems
        if problems:
            raise PortfolioError(problems)
        _note_load(ctx, sum(part.tallies.values(), Tally()))
        ctx.db.flush()
        return part

    def _prove(self, system: Session, report: Report) -> None:
        """Ask the database afresh for every figure; PortfolioError when one differs from the file's."""
        parts = list(report.parts)
        if self.checked.tenants():
            parts.pop(0).proof.append(tenants_section.prove_tenants(system, self.checked.tenants()))
        for (key, ctx), part in zip(self.contexts.items(), parts, strict=True):
            ctx.db.expire_all()
            for importer in self.loader.importers:
                records = self.checked.of(importer.section, key)
                if records and importer.section != TENANTS:
                    part.proof += importer.proof(ctx, records)
        problems = [Problem(row.section, _differs(tenant, row)) for tenant, row in report.mismatches()]
        if problems:
            raise PortfolioError(problems)


def _note_load(ctx: LoadContext, tally: Tally) -> None:
    """An audit entry, unless nothing was new: loading a file again changes nothing."""
    if tally.created or tally.updated:
        data = {"created": tally.created, "updated": tally.updated}
        record(ctx.db, "core.data_loaded", actor=Actor("system", name="riskportal load"), data=data)


def _differs(tenant: str, row: ProofRow) -> str:
    file, database = shown_figure(row, row.file), shown_figure(row, row.database)
    return f"the proof failed for {tenant}, {row.measure}: file {file}, database {database}; nothing was kept"


def _refused(error: IntegrityError) -> str:
    detail = " ".join(str(error.orig).split())
    return (
        "the database refused a row, because one like it is there already or another load ran at the same time; "
        f"nothing was written ({detail})"
    )
