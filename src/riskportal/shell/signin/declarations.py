"""What signing in declares."""

from __future__ import annotations

from datetime import timedelta

from riskportal.plug import AuditEvent, Email, Job, _
from riskportal.plug.seam import CoreDeclarations
from riskportal.shell.signin.jobs import note_failed_sign_in, purge_sign_ins, send_sign_in

DECLARATIONS = CoreDeclarations(
    jobs=(
        Job("core.send_sign_in", run=send_sign_in),
        Job("core.note_failed_sign_in", run=note_failed_sign_in),
        Job("core.purge_sign_ins", run=purge_sign_ins, every=timedelta(hours=6)),
    ),
    emails=(
        Email(
            "core.sign_in",
            _("Sign-in link"),
            "riskportal:templates/email/sign_in",
            placeholders=("link", "code", "minutes"),
            sample={"link": "https://portal.example/sign-in/confirm/sample", "code": "K7QP-3MXD", "minutes": 10},
            secrets=("link", "code"),
        ),
        Email(
            "core.new_device",
            _("Sign-in from a new device"),
            "riskportal:templates/email/new_device",
            placeholders=("device", "address", "at", "link"),
            sample={
                "device": "Firefox on Windows",
                "address": "192.0.2.7",
                "at": "20 April 2027, 11:00, Berlin (UTC+2)",
                "link": "https://portal.example/",
            },
        ),
        Email(
            "core.staff_setup",
            _("Set up a staff login"),
            "riskportal:templates/email/staff_setup",
            placeholders=("link", "hours"),
            sample={"link": "https://portal.example/staff/set-up/sample", "hours": 24},
            secrets=("link",),
        ),
        Email(
            "core.prove_code",
            _("Code to confirm who you are"),
            "riskportal:templates/email/prove_code",
            placeholders=("code", "minutes"),
            sample={"code": "K7QP-3MXD", "minutes": 10},
            secrets=("code",),
        ),
    ),
    audit_events=(
        AuditEvent("core.signed_in", _("Signed in"), _("{email} signed in")),
        AuditEvent("core.signed_out", _("Signed out"), _("{email} signed out")),
        AuditEvent("core.sign_in_failed", _("Sign-in failed"), _("Somebody tried to sign in as {email}, in vain")),
        AuditEvent("core.proof_failed", _("Identity not confirmed"), _("{email} could not confirm who they are")),
        AuditEvent("core.proved", _("Identity confirmed"), _("{email} confirmed who they are")),
        AuditEvent(
            "core.recovery_code_used",
            _("Recovery code used"),
            _("{email} used a recovery code; codes left: {left}"),
        ),
        AuditEvent(
            "core.passkey_copied",
            _("Copied passkey refused"),
            _("A passkey of {email} was refused because it seems to have been copied"),
        ),
        AuditEvent("core.staff_set_up", _("Staff login set up"), _("{email} set up their login: {method}")),
        AuditEvent(
            "core.staff_proofs_ended",
            _("Earlier proofs ended"),
            _(
                "What {email} signed in with before ended with a set-up link. Passkeys: {passkeys}, passwords: "
                "{passwords}, authenticator apps: {apps}, recovery codes: {codes}"
            ),
        ),
        AuditEvent("core.staff_link_made", _("Set-up link made"), _("A set-up link for {email} was made")),
    ),
)
