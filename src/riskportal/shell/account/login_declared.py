"""What the pages of one's own login declare: navigation, mails, audit entries."""

from __future__ import annotations

from riskportal.plug import AuditEvent, Email, NavEntry, _
from riskportal.shell.account.permissions import P
from riskportal.shell.account.told import CHANGED

_SECTION = _("Your account")
_WHEN = "20 April 2027, 11:00, Berlin (UTC+2)"

NAV = (
    NavEntry("core.security", "portal", _("Security"), "core.security", P.SELF, "shield", _SECTION, weight=90),
    NavEntry(
        "core.preferences", "portal", _("Preferences"), "core.preferences", P.SELF, "settings", _SECTION, weight=95
    ),
    NavEntry(
        "core.staff_security",
        "staff",
        _("Security"),
        "core.staff_security",
        P.STAFF_SELF,
        "shield",
        _SECTION,
        weight=90,
    ),
    NavEntry(
        "core.staff_preferences",
        "staff",
        _("Preferences"),
        "core.staff_preferences",
        P.STAFF_SELF,
        "settings",
        _SECTION,
        weight=95,
    ),
)

EMAILS = (
    Email(
        CHANGED,
        _("Change of a login"),
        "riskportal:templates/email/security_changed",
        placeholders=("what", "when", "device", "network", "link"),
        sample={
            "what": _("A passkey was added: {name}.", name="Laptop"),
            "when": _WHEN,
            "device": "Firefox on Linux",
            "network": "192.0.2.1",
            "link": "https://portal.example/g/sample/account/security",
        },
    ),
    Email(
        "core.email_confirm",
        _("Confirmation of a new address"),
        "riskportal:templates/email/email_confirm",
        placeholders=("old", "link", "hours"),
        sample={"old": "ada@customer.test", "link": "https://portal.example/confirm-email/sample", "hours": 1},
        secrets=("link",),
    ),
    Email(
        "core.email_taken",
        _("A new address can't be used"),
        "riskportal:templates/email/email_taken",
        placeholders=("old",),
        sample={"old": "ada@customer.test"},
    ),
    Email(
        "core.email_asked",
        _("An address is to be changed"),
        "riskportal:templates/email/email_asked",
        placeholders=("new", "when", "start"),
        sample={"new": "ada@new.test", "when": _WHEN, "start": "https://portal.example/"},
    ),
    Email(
        "core.email_changed",
        _("An address was changed"),
        "riskportal:templates/email/email_changed",
        placeholders=("new", "when"),
        sample={"new": "ada@new.test", "when": _WHEN},
    ),
)

AUDIT_EVENTS = (
    AuditEvent("core.session_revoked", _("Session ended"), _("{email} ended {count} of their sessions")),
    AuditEvent("core.preferences_changed", _("Preferences changed"), _("{email} changed their preferences")),
    AuditEvent(
        "core.email_change_asked", _("New address asked for"), _("{email} asked to move their login to {new}")
    ),
    AuditEvent("core.email_change_cancelled", _("New address given up"), _("{email} keeps their address")),
    AuditEvent("core.email_changed", _("Address changed"), _("The login {old} moved to {new}")),
    AuditEvent("core.passkey_added", _("Passkey added"), _("{email} added the passkey {name}")),
    AuditEvent("core.passkey_renamed", _("Passkey renamed"), _("{email} renamed the passkey {old} to {name}")),
    AuditEvent("core.passkey_removed", _("Passkey removed"), _("{email} removed the passkey {name}")),
    AuditEvent("core.password_set", _("Password set"), _("{email} set a password")),
    AuditEvent("core.password_removed", _("Password removed"), _("{email} removed their password")),
    AuditEvent("core.app_added", _("Authenticator app set up"), _("{email} set up an authenticator app")),
    AuditEvent("core.app_removed", _("Authenticator app removed"), _("{email} removed their authenticator app")),
    AuditEvent("core.recovery_codes_made", _("Recovery codes made"), _("{email} made new recovery codes")),
)
