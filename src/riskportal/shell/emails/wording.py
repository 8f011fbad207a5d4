"""Mails in words: how one stands, and why it didn't arrive."""

from __future__ import annotations

from dataclasses import dataclass

from riskportal.mail.models import FAILED, SENT, OutgoingMail
from riskportal.mail.services import shown
from riskportal.plug import Message, _

STATES = {"sent": _("Sent"), "queued": _("Waiting"), "failed": _("Not delivered")}


@dataclass(frozen=True)
class Status:
    """The tone of a pill, and words that say it without colour."""

    tone: str
    text: Message
    icon: str


def title_of(mail: OutgoingMail) -> str:
    """What a list calls a mail: its subject, secrets hidden."""
    return shown(mail.subject)


def status_of(mail: OutgoingMail) -> Status:
    """How the mail stands."""
    if mail.state == SENT:
        return Status("good", _("Sent"), "check")
    if mail.state == FAILED:
        return Status("bad", _("Not delivered"), "warn")
    return Status("wait", _("Waiting to be sent"), "clock")


def reason_of(mail: OutgoingMail) -> Message | None:
    """Why a mail didn't arrive, in words for its reader; staff read the server's own answer beside them."""
    if mail.state != FAILED:
        return None
    domain = mail.to_address.rpartition("@")[2]
    if (mail.failure or "").startswith("the mail server answered"):
        return _("The mail server of {domain} did not accept it. Please check the address.", domain=domain)
    return _("It could not be handed over to the mail server of {domain}.", domain=domain)
