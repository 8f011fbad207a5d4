"""The seam: the one package that the author of a module has to learn.

Read `hookspecs` for what a module can do, `declarations` for what hooks return and
`directives` for how routes are added; docs/writing-a-module.md walks through one.
"""

import pluggy

from riskportal.contracts.records import Link, RecordRef
from riskportal.plug.declarations import (
    Attention,
    AuditEvent,
    Card,
    DeclarationError,
    Email,
    Figure,
    Importer,
    Job,
    Module,
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
from riskportal.plug.messages import Message, _, plural

hookimpl = pluggy.HookimplMarker("riskportal")

__all__ = [
    "Attention",
    "AuditEvent",
    "Card",
    "DeclarationError",
    "Email",
    "Figure",
    "Importer",
    "Job",
    "Link",
    "Message",
    "Module",
    "NavEntry",
    "Panel",
    "Permission",
    "PersonalData",
    "RecordKind",
    "RecordRef",
    "SearchHit",
    "Setting",
    "Tab",
    "Work",
    "_",
    "hookimpl",
    "plural",
]
