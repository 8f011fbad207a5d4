"""A mail kind and a worker over it."""

from riskportal.jobs.worker import Worker, contexts
from riskportal.mail.declarations import JOBS, MAILER, TRANSPORT
from riskportal.mail.rendering import MailTexts
from riskportal.mail.services import Mailer
from riskportal.plug import Email, _

SECRET = "a secret of the tests, long enough for all"
LINK = "https://portal.test/sign-in/confirm/tok&en-9f8e7d6c5b4a"
CODE = "BCDF-2345"

GERMAN = {
    "Sign in, {name}": "Anmelden, {name}",
    "Hello {name},": "Guten Tag {name},",
    "Sign in": "Anmelden",
    "friend": "Freund",
}


def translate(message, language):
    """A catalogue small enough to read."""
    if language != "de":
        return str(message)
    text = GERMAN.get(getattr(message, "msgid", message), str(message))
    for name, value in getattr(message, "values", {}).items():
        text = text.replace("{" + name + "}", translate(value, language))
    return text


EMAILS = {
    "test.link": Email(
        "test.link",
        _("Sign-in link"),
        "mail_assets:link",
        placeholders=("name", "link", "code"),
        sample={"name": "Ada", "link": LINK, "code": CODE},
        secrets=("link", "code"),
        category="account",
    ),
    "test.plain": Email(
        "test.plain",
        _("The same without secrets"),
        "mail_assets:link",
        placeholders=("name", "link", "code"),
        sample={"name": "Ada", "link": LINK, "code": CODE},
        category="account",
    ),
}


def new_mailer(secret=SECRET, blobs=None):
    return Mailer(EMAILS, MailTexts(translate=translate), secret, blobs)


def new_worker(database, transport, mailer=None):
    services = {MAILER: mailer or new_mailer(), TRANSPORT: transport}
    return Worker(database, {job.name: job for job in JOBS}, contexts(database, {}, services))
