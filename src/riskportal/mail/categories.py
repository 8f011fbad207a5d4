"""What mails are about, in words: whoever reads a list of mails filters by it, whoever gets them chooses by it."""

from __future__ import annotations

from dataclasses import dataclass

from riskportal.plug.declarations import CATEGORIES
from riskportal.plug.messages import Message, _

# Nobody can turn these off: who doesn't hear of a break-in can't do anything about it.
ALWAYS = "security"


@dataclass(frozen=True)
class Category:
    """A category of mails (`Email.category`): its name in declarations, and how readers know it."""

    name: str
    label: Message
    about: Message

    @property
    def optional(self) -> bool:
        """Whether somebody may turn mails of this category off."""
        return self.name != ALWAYS


_WORDS = {
    "security": (_("Security"), _("Sign-in links, new browsers, changes to how you sign in and to who has access.")),
    "account": (_("Account"), _("Changes to details and contacts of the account.")),
    "billing": (_("Billing"), _("Invoices, payments and reminders.")),
    "services": (_("Services"), _("News about your services: renewals, changes, maintenance.")),
    "requests": (_("Requests"), _("Answers to your requests and what waits for your approval.")),
    "reports": (_("Reports"), _("Regular reports about your sites.")),
    "news": (_("Announcements"), _("News from your provider.")),
}

BY_NAME = {name: Category(name, *_WORDS[name]) for name in CATEGORIES}
