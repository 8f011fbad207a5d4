"""Mail texts that tenants write: one placeholder language, filled in one pass, and nothing behind it."""

import html
import logging

import pytest
from mail_support import CODE, EMAILS, LINK, new_mailer, new_worker

from riskportal.db.guard import Scope, set_scope
from riskportal.mail.filler import BadText, pieces_of, written
from riskportal.mail.models import OutgoingMail
from riskportal.mail.own import OwnText, blocks_of, filled, problems
from riskportal.mail.texts import drop_text, keep_text, own_text, own_texts
from riskportal.plug import _
from riskportal.tenancy.models import Tenant

KIND = EMAILS["test.link"]
VALUES = {"name": "Ada", "link": LINK, "code": CODE}
NAMES = ("link", "code", "name", "provider")


def keep(database, tenant, subject="Hello {name}", body="Sign in: {link}\n\n{code}", language="en", kind="test.link"):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        return keep_text(db, db.get_one(Tenant, tenant.id), kind, language, OwnText(subject, body))


def compose(database, tenant, **options):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        given = {"to": "ada@customer.test", "values": VALUES, **options}
        return new_mailer().compose(db, tenant, "test.link", **given)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("plain", "plain"),
        ("{name}", "Ada"),
        ("{{name}}", "{name}"),
        ("{{{name}}}", "{Ada}"),
        ("{{7*7}}", "{7*7}"),
        ("%(name)s %s ${{x}} {{{{", "%(name)s %s ${x} {{"),
        ("#set($x=1) <%= 1 %> [[${{7*7}}]]", "#set($x=1) <%= 1 %> [[${7*7}]]"),
    ],
)
def test_a_text_says_what_it_says(text, result):
    assert filled(text, {"name": "Ada"}) == result


@pytest.mark.parametrize(
    "text",
    [
        "{x.__class__}", "{name.__class__.__mro__}", "{name!r}", "{name:>10}", "{0}", "{}", "{ name }", "{Name}",
        "{name", "name}", "${7*7}", "{7*7}", "{{name}", "{name}}", "{% for x in y %}", "{tenant[name]}",
        "{config}", "{self}", "{lipsum}", "{name\n}", "{ñame}",
    ],
)  # fmt: skip
def test_anything_else_in_braces_is_refused(text):
    with pytest.raises(BadText):
        pieces_of(text, NAMES)
    assert set(problems(KIND, OwnText(text, "{link} {code}"))) == {"subject"}
    assert set(problems(KIND, OwnText("Hello", "{link} {code} " + text))) == {"body"}


def test_a_value_is_never_read_as_a_text():
    values = {"name": "{link} {{7*7}} {name.__class__}", "link": "https://x.test/"}
    assert filled("{name}", values) == values["name"]
    assert written("{a} }") == "{{a}} }}" and filled(written("{a} }"), {}) == "{a} }"


def test_a_long_text_is_read_in_no_time_or_refused():
    assert len(pieces_of("{{" * 500_000, ())) == 1
    with pytest.raises(BadText):
        pieces_of("{" * 999_999, ())
    for body in ("x" * 1_000_000, "{link}{code}" * 100_000):
        assert set(problems(KIND, OwnText("Hello", body))) == {"body"}
    assert set(problems(KIND, OwnText("x" * 301, "{link}{code}"))) == {"subject"}


@pytest.mark.parametrize(
    "subject", ["a\r\nBcc: eve@evil.test", "a\nb", "a\tb", "a\x00b", "a\u2028b", " ", "a\x1b[31m"]
)
def test_a_subject_is_one_plain_line(subject):
    assert set(problems(KIND, OwnText(subject, "{link} {code}"))) == {"subject"}


def test_secrets_stay_in_the_body_and_out_of_the_subject():
    assert problems(KIND, OwnText("Hello {name} of {provider}", "{link} {code}")) == {}
    for body in ("Hello", "{link}", "{{link}} {code}"):
        message = problems(KIND, OwnText("Hello", body))["body"]
        assert "Without" in message and ("{code}" in message or "{link}" in message)
    assert "subject" in problems(KIND, OwnText("{code}", "{link} {code}"))


def test_the_message_names_what_is_known():
    message = problems(KIND, OwnText("Hello", "{link} {code} {nmae}"))["body"]
    assert "{nmae}" in message and "{name}, {link}, {code}, {provider}, {portal}" in message


def test_paragraphs_become_text_button_and_code():
    values = {"link": LINK, "code": CODE, "name": "A\nB"}
    body = "Hi {name},\nhow are you?\n\n{link}\n \nSign in: {link}\n\n{code}\n\nNo button {link} here"
    kinds = [(block.kind, block.text, block.url) for block in blocks_of(body, values)]
    assert kinds == [
        ("text", "", ""), ("button", "", LINK), ("button", "Sign in", LINK), ("code", CODE, ""), ("text", "", ""),
    ]  # fmt: skip
    first, *_middle, last = blocks_of(body, values)
    assert ["".join(span.text for span in line) for line in first.lines] == ["Hi A", "B,", "how are you?"]
    assert [span.url for span in last.lines[0]] == ["", LINK, ""]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.test", "vbscript:x", " https://x"]
)
def test_only_web_addresses_become_links(address):
    for body in ("{link}", "See {link} now"):
        (block,) = blocks_of(body, {"link": address})
        assert block.kind == "text" and not any(span.url for line in block.lines for span in line)


def test_mails_say_what_the_tenant_wrote(database, tenant):
    assert keep(database, tenant) is True and keep(database, tenant) is False
    mail = compose(database, tenant, values={**VALUES, "name": "<b>Ada</b> {code}"})
    assert mail.subject == "Hello <b>Ada</b> {code}"
    parts = new_mailer().reveal(mail)
    assert f"Sign in: {LINK}" in parts.text and CODE in parts.text and tenant.legal_name in parts.text
    assert f'href="{html.escape(LINK)}"' in parts.html and ">Sign in</a>" in parts.html
    assert LINK not in mail.text + mail.html and CODE not in mail.text + mail.html
    # Another language and another tenant keep ours.
    assert compose(database, tenant, language="de").subject == "Anmelden, Ada"


def test_html_of_the_tenant_stays_text(database, tenant):
    keep(database, tenant, body='<script>alert(1)</script>\n<img src=x onerror="x">\n\n{link} {code} </p></body>')
    mail = compose(database, tenant)
    assert "<script" not in mail.html and "<img" not in mail.html and mail.html.count("</body>") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in mail.html
    assert "<script>alert(1)</script>" in mail.text


def test_values_of_every_kind_are_written_out(database, tenant):
    keep(database, tenant, body="{name}\n\n{link} {code}")
    lists = [[("City", "Aarhus"), ("VAT", 7)], _("friend"), 12, None]
    texts = [compose(database, tenant, values={**VALUES, "name": value}).text for value in lists]
    assert "- City: Aarhus\n- VAT: 7" in texts[0]
    assert [text.split("\n")[0] for text in texts[1:]] == ["friend", "12", "None"]


def test_other_tenants_have_their_own_words(database, tenant, other_tenant):
    keep(database, tenant)
    assert compose(database, other_tenant).subject == "Sign in, Ada"
    with database.session(Scope.tenant_wide(other_tenant.id)) as db:
        assert own_texts(db) == {} and own_text(db, "test.link", "en") is None
        assert drop_text(db, db.get_one(Tenant, other_tenant.id), "test.link", "en") is False
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert drop_text(db, db.get_one(Tenant, tenant.id), "test.link", "en") is True
    assert compose(database, tenant).subject == "Sign in, Ada"


def test_a_text_that_fits_no_longer_never_stops_a_mail(database, tenant, caplog):
    for body in ("{gone} {link} {code}", "no link", "{"):
        keep(database, tenant, body=body)
        with caplog.at_level(logging.WARNING):
            assert compose(database, tenant).subject == "Sign in, Ada"
    assert caplog.text.count("fits no longer") == 3


def test_it_costs_one_look_into_an_index(database, tenant, sql_count):
    keep(database, tenant)
    with database.session(Scope.tenant_wide(tenant.id)) as db, sql_count() as sql:
        new_mailer().compose(db, tenant, "test.link", to="a@b.test", values=VALUES)
        db.flush()
    assert [s.split()[0] for s in sql.statements] == ["SELECT", "INSERT", "INSERT"]


def test_a_test_mail_leaves_with_samples(database, tenant, tmp_path):
    sent = []

    class Transport:
        def send(self, message, sender, recipient):
            sent.append(message)

    own = OwnText("Hi {name}", "{link}\n\n{code}")
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        mail = new_mailer().send_test(db, tenant, "test.link", to="sam@alder.test", language="en", own=own)
        assert isinstance(mail, OutgoingMail) and mail.bill_group_id is None
    new_worker(database, Transport()).run_due()
    assert [message["Subject"] for message in sent] == ["Test: Hi Ada"]
    assert CODE in sent[0].get_body(("plain",)).get_content()


def test_our_words_as_a_tenant_would_write_them(tenant):
    ours = new_mailer().original("test.link", tenant, "en")
    assert ours.subject == "Sign in, {name}"
    assert ours.body.startswith("Hello {name},") and "{link}" in ours.body and "Code: {code}" in ours.body
    assert tenant.legal_name not in ours.body and problems(KIND, ours) == {}
    assert new_mailer().original("test.link", tenant, "de").body.startswith("Guten Tag {name},")


def test_many_mails_of_one_act_look_once_for_each_language(database, tenant, sql_count):
    """A change of one account may be told to sixty owners."""
    keep(database, tenant)
    mailer = new_mailer()
    with database.session(Scope.tenant_wide(tenant.id)) as db, sql_count() as sql:
        db.get_one(Tenant, tenant.id)
        mails = [
            mailer.compose(db, tenant, "test.link", to=f"n{n}@b.test", values=VALUES, language=language)
            for n in range(30)
            for language in ("en", "de")
        ]
    assert [mail.subject for mail in mails[:2]] == ["Hello Ada", "Anmelden, Ada"]
    looks = [text for text in sql.statements if "FROM mail_texts" in text]
    assert len(looks) == 2, looks
    if database.engine.dialect.name == "postgresql":
        assert len(sql) <= 8, sql


def test_what_was_written_meanwhile_counts(database, tenant):
    """Within a transaction its own change does; after it, whatever others have changed."""
    mailer = new_mailer()

    def subject(db):
        return mailer.compose(db, tenant, "test.link", to="a@b.test", values=VALUES).subject

    with database.new_session(write=True) as db:
        set_scope(db, Scope.tenant_wide(tenant.id))
        row = db.get_one(Tenant, tenant.id)
        assert subject(db) == "Sign in, Ada"
        keep_text(db, row, "test.link", "en", OwnText("One {name}", "{link} {code}"))
        assert subject(db) == "One Ada"
        db.commit()
        keep(database, tenant, subject="Two {name}")
        assert subject(db) == "Two Ada"
        drop_text(db, row, "test.link", "en")
        assert subject(db) == "Sign in, Ada"
        db.rollback()
