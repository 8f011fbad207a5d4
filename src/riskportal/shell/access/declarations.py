"""What these pages declare."""

from __future__ import annotations

import colander

from riskportal.identity import preview
from riskportal.plug import AuditEvent, Email, NavEntry, Permission, Setting, _
from riskportal.plug.seam import CoreDeclarations
from riskportal.shell.access.jobs import JOBS
from riskportal.shell.access.permissions import P
from riskportal.shell.access.places import INVITE_SETTING
from riskportal.shell.access.told import CHANGED, INVITATION

_READERS = ("billing", "support", "read_only")
_LINK = "https://portal.example/g/bill-group/"

PERMISSIONS = (
    Permission(preview.PERMISSION, _("Look at a portal as its customer"), "staff", ("billing", "support")),
    Permission(P.READ, _("See who reaches a bill group's portal"), "staff", _READERS),
    Permission(P.WRITE, _("Open portals, change access rules and people"), "staff", ("support",)),
    Permission(P.OVERRIDE, _("Let in domains under which anybody gets an address"), "staff", ()),
    Permission(P.PEOPLE_MANAGE, _("Invite people and change what they may do"), "portal", ("owner",)),
)
EMAILS = (
    Email(
        INVITATION,
        _("Invitation to the portal"),
        "riskportal:templates/email/invitation",
        ("inviter", "account", "email", "until", "link"),
        {
            "inviter": "Mara Lindqvist (mara@northwind.example)",
            "account": "Northwind Atelier ApS",
            "email": "ida@northwind.example",
            "until": "31 December 2027",
            "link": _LINK,
        },
        category="account",
        about=(P.PEOPLE_MANAGE, P.READ),
    ),
    Email(
        CHANGED,
        _("People changed"),
        "riskportal:templates/email/people_changed",
        ("account", "what", "who", "link"),
        {
            "account": "Northwind Atelier ApS",
            "what": _("{email} was invited: {rights}", email="ida@northwind.example", rights=_("Billing")),
            "who": "Mara Lindqvist (mara@northwind.example)",
            "link": f"{_LINK}account/people",
        },
        category="account",
        about=(P.PEOPLE_MANAGE, P.READ),
    ),
)
AUDIT_EVENTS = (
    AuditEvent(
        "core.preview_opened", _("Preview opened"), _("{staff} viewed the portal of {bill_group} as {viewer}")
    ),
    AuditEvent("core.portal_opened", _("Portal switched on"), _("The portal of {bill_group} was switched on")),
    AuditEvent("core.portal_closed", _("Portal switched off"), _("The portal of {bill_group} was switched off")),
    AuditEvent("core.portal_link_rotated", _("Portal link renewed"), _("The portal of {bill_group} has a new link")),
    AuditEvent("core.rule_added", _("Access rule added"), _("{rule} gets in as {role}")),
    AuditEvent(
        "core.rule_overridden",
        _("Open domain let in"),
        _("{rule} gets in as {role}, although anybody gets an address there: {reason}"),
    ),
    AuditEvent("core.rule_changed", _("Access rule changed"), _("{rule}: “{old}” became “{new}”")),
    AuditEvent("core.rule_removed", _("Access rule removed"), _("{rule} lets nobody in any more")),
    AuditEvent("core.person_invited", _("Person invited"), _("{email} was invited: {rights}")),
    AuditEvent("core.invitation_sent", _("Invitation sent again"), _("{email} got the invitation again")),
    AuditEvent("core.person_changed", _("Rights changed"), _("{email}: “{old}” became “{rights}”")),
    AuditEvent("core.person_revoked", _("Access taken away"), _("The access of {email} was taken away")),
    AuditEvent("core.person_restored", _("Access restored"), _("{email} has access again: {rights}")),
    AuditEvent("core.person_moved", _("Address changed"), _("{old} signs in as {new} from now on")),
    AuditEvent(
        "core.person_follows_rules", _("Own rights removed"), _("{email} has no own rights any more; a rule decides")
    ),
)
SETTINGS = (
    Setting(
        INVITE_SETTING,
        colander.SchemaNode(colander.Boolean()),
        True,
        _("Customers invite people themselves"),
        _("When this is off, new people get in by your access rules only; owners still change and remove people."),
    ),
)

DECLARATIONS = CoreDeclarations(
    nav_entries=(
        NavEntry(
            "core.people",
            "portal",
            _("People"),
            "core.people",
            P.PEOPLE_MANAGE,
            "users",
            _("Your account"),
            weight=75,
        ),
    ),
    permissions=PERMISSIONS,
    settings_schema=SETTINGS,
    jobs=JOBS,
    emails=EMAILS,
    audit_events=AUDIT_EVENTS,
)
