"""Composing: what is stored, in which language, and that secrets are not."""

import pytest
from jinja2 import TemplateNotFound, UndefinedError
from mail_support import CODE, LINK, SECRET, new_mailer
from sqlalchemy import func, select

from riskportal.db.guard import ForeignRow, Scope
from riskportal.db.keyset import At
from riskportal.jobs.models import JobRow
from riskportal.mail.correspondence import Wanted, mail_by_public_id, mails, mails_of_bill_group
from riskportal.mail.models import OutgoingMail
from riskportal.mail.rendering import MailError
from riskportal.mail.sealing import Seal, SealBroken
from riskportal.mail.services import shown
from riskportal.plug import Email, _


def values(**changed):
    return {"name": "Ada <b>", "link": LINK, "code": CODE, **changed}


def compose(database, tenant, to="ada@customer.test", kind="test.link", **options):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        given = {"values": values(), **options}
        return new_mailer().compose(db, tenant, kind, to=to, **given)


def test_secrets_are_nowhere_in_the_row(database, tenant):
    mail = compose(database, tenant)
    row = "\n".join(str(value) for value in vars(mail).values())
    for secret in (LINK, CODE, "tok&amp;en-9f8e7d6c5b4a"):
        assert secret not in row
    assert shown(mail.text).count("[hidden]") == 2
    assert 'href="[hidden]"' in shown(mail.html)


def test_revealing_puts_them_back_escaped_where_needed(database, tenant):
    mail = compose(database, tenant)
    parts = new_mailer().reveal(mail)
    assert LINK in parts.text and CODE in parts.text
    assert f'href="{LINK.replace("&", "&amp;")}"' in parts.html
    assert "hidden-" not in parts.text + parts.html
    with pytest.raises(SealBroken):
        new_mailer("another secret, also long enough for it").reveal(mail)


def test_a_sealed_text_of_another_mail_opens_nothing(database, tenant):
    mine, theirs = compose(database, tenant), compose(database, tenant)
    mine.secrets_sealed = theirs.secrets_sealed
    with pytest.raises(SealBroken):
        new_mailer().reveal(mine)


def test_html_is_escaped_and_text_is_not(database, tenant):
    mail = compose(database, tenant)
    assert "Hello Ada <b>," in mail.text
    assert "Hello Ada &lt;b&gt;," in mail.html and "Ada <b>" not in mail.html
    assert tenant.legal_name in mail.text and tenant.name in mail.html


def test_the_language_is_the_given_one_or_the_tenants_first(database, tenant):
    assert compose(database, tenant).subject == "Sign in, Ada <b>"
    german = compose(database, tenant, language="de", values=values(name=_("friend")))
    assert german.subject == "Anmelden, Freund"
    assert "Guten Tag Freund," in german.html and '<html lang="de">' in german.html


def test_mail_and_delivery_are_written_together_or_not_at_all(database, tenant):
    compose(database, tenant)
    with pytest.raises(RuntimeError), database.session(Scope.tenant_wide(tenant.id)) as db:
        new_mailer().compose(db, tenant, "test.link", to="a@b.test", values=values())
        db.flush()
        raise RuntimeError("business failed")
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        counts = [db.scalar(select(func.count()).select_from(model)) for model in (OutgoingMail, JobRow)]
        job = db.scalars(select(JobRow)).one()
    assert counts == [1, 1]
    assert list(job.payload) == ["mail"]


@pytest.mark.parametrize(
    "to",
    [
        "",
        "nobody",
        "a@b.test, c@d.test",
        "a@b.test\r\nBcc: c@d.test",
        "a@b.test\n",
        "Ada <a@b.test>",
        "a b@c.test",
        "a@b@c.test",
        '"a b"@c.test',
        "a@b.test\x00",
        "a@b.test\u2028",
    ],
)
def test_only_one_plain_address_is_taken(database, tenant, to):
    with pytest.raises(MailError):
        compose(database, tenant, to=to)


def test_line_ends_in_a_value_cannot_make_a_header(database, tenant):
    mail = compose(database, tenant, values=values(name="Ada\r\nBcc: eve@evil.test\x00\u202e"))
    assert mail.subject == "Sign in, Ada Bcc: eve@evil.test\N{REPLACEMENT CHARACTER}"


def test_a_sender_with_control_characters_is_refused(database, tenant):
    tenant.sender_name = "Alder\nBcc: eve@evil.test"
    with pytest.raises(MailError):
        compose(database, tenant)


def test_values_are_exactly_the_placeholders(database, tenant):
    with pytest.raises(MailError, match="lacks the placeholder code"):
        compose(database, tenant, values={"name": "Ada", "link": LINK})
    with pytest.raises(MailError, match="doesn't know the placeholder nmae"):
        compose(database, tenant, values=values(nmae="Ada"))
    with pytest.raises(LookupError, match="no mail kind 'test\\.unknown'"):
        compose(database, tenant, kind="test.unknown")


def test_a_template_with_an_unknown_name_fails_loudly(database, tenant, monkeypatch):
    mailer = new_mailer()
    for template, error in (("mail_assets:missing", TemplateNotFound), ("../etc/passwd", TemplateNotFound)):
        mailer._emails = {"test.bad": Email("test.bad", _("Bad"), template, placeholders=())}
        with pytest.raises(error):
            mailer.preview("test.bad", tenant, "en")
    mailer._emails = {"test.bad": Email("test.bad", _("Bad"), "mail_assets:link", placeholders=())}
    with pytest.raises(UndefinedError):
        mailer.preview("test.bad", tenant, "en")


def test_a_portal_session_finds_its_bill_groups_mails_only(database, tenant, bill_group, other_bill_group):
    mine = compose(database, tenant, bill_group_id=bill_group.id)
    theirs = compose(database, tenant, bill_group_id=other_bill_group.id)
    nobodys = compose(database, tenant)
    with database.session(Scope.bill_group(tenant.id, bill_group.id)) as db:
        assert [row.OutgoingMail.public_id for row in mails_of_bill_group(db, Wanted(), None).rows] == [
            mine.public_id
        ]
        assert mail_by_public_id(db, mine.public_id) is not None
        for other in (theirs, nobodys):
            assert mail_by_public_id(db, other.public_id) is None
        own = new_mailer().compose(db, tenant, "test.link", to="a@b.test", values=values())
        db.flush()
        assert own.bill_group_id == bill_group.id
    with pytest.raises(ForeignRow), database.session(Scope.bill_group(tenant.id, bill_group.id)) as db:
        new_mailer().compose(
            db, tenant, "test.link", to="a@b.test", values=values(), bill_group_id=other_bill_group.id
        )
        db.flush()
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert len(mails(db, Wanted(to="ada@customer.test"), At("created")).rows) == 3


def test_the_seal_needs_a_secret():
    with pytest.raises(ValueError, match=r"riskportal\.secret is empty"):
        Seal("")
    assert Seal(SECRET).open("m", Seal(SECRET).seal("m", {"a": "b"})) == {"a": "b"}
