"""All hooks of riskportal. Implement one in a module's `plugin.py` with `@hookimpl`;
take only the arguments you use.

Declaration hooks run once at start-up, return iterables of the frozen dataclasses in
`riskportal.plug.declarations`, and any error in them stops the start with a sentence that
says what to do. Request hooks run only for modules that are on for the request's tenant; when
one fails the page shows a small "could not be loaded" panel in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pluggy

from riskportal.contracts.records import RecordRef
from riskportal.plug.declarations import (
    Attention,
    AuditEvent,
    Card,
    Email,
    Figure,
    Importer,
    Job,
    NavEntry,
    Panel,
    Permission,
    PersonalData,
    RecordKind,
    SearchHit,
    Setting,
    Tab,
    Work,
)

hookspec = pluggy.HookspecMarker("riskportal")

DECLARATION_HOOKS = (
    "nav_entries",
    "permissions",
    "settings_schema",
    "jobs",
    "emails",
    "audit_events",
    "record_kinds",
    "importers",
    "personal_data",
)
REQUEST_HOOKS = (
    "dashboard_cards",
    "attention",
    "search",
    "record_panels",
    "account_figures",
    "staff_work",
    "staff_search",
    "staff_tabs",
)


@hookspec
def includeme(config: Any) -> None:
    """Add routes (by the four area directives), views, contracts, subscribers and static files."""


@hookspec
def nav_entries() -> Iterable[NavEntry]:
    """Lines of the portal's or the staff console's navigation."""


@hookspec
def permissions() -> Iterable[Permission]:
    """Every permission that the module's routes name, with the roles that hold it by default."""


@hookspec
def settings_schema() -> Iterable[Setting]:
    """What a tenant may set for this module; read with `request.tenant_config.setting(key)`."""


@hookspec
def jobs() -> Iterable[Job]:
    """Background jobs; start one with `request.enqueue(name, **payload)`."""


@hookspec
def emails() -> Iterable[Email]:
    """Mail kinds; send one with `request.send_mail(name, to=..., **placeholders)`."""


@hookspec
def audit_events() -> Iterable[AuditEvent]:
    """Kinds of audit entries; write one with `request.audit(code, record=..., **data)`."""


@hookspec
def record_kinds() -> Iterable[RecordKind]:
    """Records that other modules may point at with a RecordRef."""


@hookspec
def importers() -> Iterable[Importer]:
    """Sections of the portfolio file that the module reads."""


@hookspec
def personal_data() -> Iterable[PersonalData]:
    """Personal data that the module holds, how to export and how to erase it."""


@hookspec
def commands(subparsers: Any) -> None:
    """Add subcommands to the `riskportal` program (an argparse subparsers object).

    A command sets `func` by `set_defaults(func=...)`; it is called with the parsed arguments and the app.
    """


@hookspec
def dashboard_cards(request: Any) -> Iterable[Card]:
    """Pieces of the home page for the request's bill group."""


@hookspec
def attention(request: Any) -> Iterable[Attention]:
    """What waits for this customer, most urgent first: what, why, until when, one action."""


@hookspec
def search(request: Any, query: str, limit: int) -> Iterable[SearchHit]:
    """At most `limit` records of the request's bill group that match `query`."""


@hookspec
def record_panels(request: Any, ref: RecordRef, parts: Sequence[RecordRef]) -> Iterable[Panel]:
    """Panels for another module's record page, e.g. the invoices of a service.

    `parts` are what the record consists of (a project's milestones): what points at one of them
    belongs on the page as well.
    """


@hookspec
def account_figures(request: Any) -> Iterable[Figure]:
    """Quick statistics of the request's bill group, shown on every page: cheap, at most one statement."""


@hookspec
def staff_work(request: Any) -> Iterable[Work]:
    """What waits for the provider's staff in the whole tenant, as far as the reader's permissions go."""


@hookspec
def staff_search(request: Any, query: str, limit: int) -> Iterable[SearchHit]:
    """At most `limit` records of the whole tenant that match `query`, leading to pages of the staff console."""


@hookspec
def staff_tabs(request: Any, ref: RecordRef) -> Iterable[Tab]:
    """Tabs on the staff page of a customer (`core.customer`) or of a bill group (`core.bill_group`)."""
