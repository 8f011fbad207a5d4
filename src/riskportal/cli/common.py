"""What all commands share: the configuration, the portal behind it, output, and errors as sentences."""

from __future__ import annotations

import argparse
import configparser
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from plaster.exceptions import PlasterError
from pyramid.paster import get_appsettings
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from riskportal.app import Portal
from riskportal.db.guard import Scope
from riskportal.db.migrate import pending
from riskportal.plug.declarations import DeclarationError
from riskportal.portfolio.base import PortfolioError
from riskportal.portfolio.loader import Loader
from riskportal.settings import SettingsError
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import tenant_by_host

SYSTEM = Scope.system_wide("cli")
MOST_PROBLEMS = 1000


class CliError(Exception):
    """A command can't do its work; the message is a sentence for the operator."""


def say(text: str = "") -> None:
    """A line on stdout."""
    print(text, flush=True)  # noqa: T201 (a command speaks this way)


def complain(text: str) -> None:
    """A line on stderr."""
    print(f"riskportal: {text}", file=sys.stderr)  # noqa: T201 (a command speaks this way)


@dataclass
class Invocation:
    """One run of the program: its configuration file, and the portal once it is asked for."""

    config: str

    @cached_property
    def ini(self) -> dict[str, str]:
        """The `[app:main]` section."""
        if not Path(self.config).is_file():
            raise CliError(
                f"there is no file {self.config}. Name your configuration: riskportal -c FILE.ini COMMAND "
                "(production.ini in the source is one to start from)"
            )
        try:
            return dict(get_appsettings(self.config, name="main"))
        except (configparser.Error, PlasterError, LookupError, ValueError) as error:
            raise CliError(f"{self.config} can't be read: {' '.join(str(error).split())}") from error

    @cached_property
    def _portal(self) -> Portal:
        try:
            return Portal.build(self.ini)
        except (SettingsError, DeclarationError):
            raise
        except ValueError as error:
            raise CliError(f"{self.config} can't be used: {error}") from error

    def portal(self) -> Portal:
        """The portal, whatever state its database is in."""
        return self._portal

    def migrated(self) -> Portal:
        """The portal; CliError when its database doesn't have this version's tables."""
        portal = self._portal
        if pending(portal.database.url, packages(portal)):
            raise CliError(f"the database is not up to date. Run: riskportal -c {self.config} migrate")
        return portal


def packages(portal: Portal) -> list[str]:
    """The packages of all enabled modules."""
    return [loaded.package for loaded in portal.seam.modules]


def module_names(portal: Portal) -> list[str]:
    """The names of all enabled modules, in their order."""
    return [loaded.module.name for loaded in portal.seam.modules]


def loader_of(portal: Portal) -> Loader:
    """A portfolio loader over all sections that core and modules declare."""
    return Loader(portal.database, portal.seam.importers.values(), portal.blobs, module_names(portal))


def find_tenant(db: Session, host: str | None) -> Tenant:
    """The tenant with this host name, or the only one; `db` sees all tenants. CliError when it isn't clear."""
    tenants = list(db.scalars(select(Tenant).order_by(Tenant.name)))
    if host is not None:
        tenant = tenant_by_host(db, host.lower().removesuffix("."))
        if tenant is None:
            raise CliError(f"no tenant answers under {host!r}. List them: riskportal tenant list")
        return tenant
    if not tenants:
        raise CliError("there is no tenant yet. Make one: riskportal tenant add HOST --name NAME ..., or load a file")
    if len(tenants) > 1:
        raise CliError("there are several tenants; say which: --tenant HOST. List them: riskportal tenant list")
    return tenants[0]


def add_tenant_option(parser: argparse.ArgumentParser) -> None:
    """`--tenant HOST`, for commands that work within one tenant."""
    parser.add_argument("--tenant", metavar="HOST", help="one of the tenant's host names; needless for the only one")


def chosen_tenant(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """The database id of the tenant that `--tenant` means; CliError when it means none, or is missing for several."""
    with invocation.migrated().database.session(SYSTEM, write=False) as db:
        return find_tenant(db, arguments.tenant).id


def unknown(what: str, word: str, known: list[str], how_to_list: str) -> CliError:
    """`unknown module 'biling'. Did you mean 'billing'? List them: ...`"""
    close = get_close_matches(word, known, 1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return CliError(f"there is no {what} {word!r}.{hint} {how_to_list}")


def explain(error: Exception) -> str | None:
    """The sentence for an error that is foreseen; None for a bug."""
    if isinstance(error, PortfolioError):
        return _portfolio_sentence(error)
    if isinstance(error, CliError | SettingsError | DeclarationError):
        return str(error)
    if isinstance(error, OperationalError):
        return f"the database can't be used: {_first_line(error)}. Check riskportal.database and whether it runs"
    if isinstance(error, DBAPIError) and "does not exist" in str(error.orig):
        return f"the database lacks a table: {_first_line(error)}. Run: riskportal -c INI migrate"
    return None


def _portfolio_sentence(error: PortfolioError) -> str:
    number = len(error.problems)
    if number == 1 and not error.problems[0].path:
        return f"the file was not loaded: {error.problems[0].message}"
    lines = [f"- {problem}" for problem in error.problems[:MOST_PROBLEMS]]
    if number > MOST_PROBLEMS:
        lines.append(f"... and {number - MOST_PROBLEMS} more")
    things = "1 problem" if number == 1 else f"{number} problems"
    # `tenant add` and `tenant set` check options as the loader checks a file.
    done = "changed" if error.problems[0].path.startswith("--") else "loaded"
    return f"{things}, so nothing was {done}:\n" + "\n".join(lines)


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0].rstrip(".")
