"""E-mail texts: edited beside their preview, refused with the reason at the field, reset."""

from __future__ import annotations

import gc
import warnings
from typing import Any

import pytest
from sqlalchemy import func, select
from webtest import TestApp

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.mail.models import MailText, OutgoingMail
from riskportal.mail.own import OwnText
from riskportal.mail.texts import keep_text, own_text
from riskportal.tenancy.models import Tenant

LIST = "/staff/settings/mail-texts"
SIGN_IN = f"{LIST}/core.sign_in/en"
BODY = "Hello!\n\nSign in: {link}\n\nOr type {code} within {minutes} minutes."


def kept(database: Any, tenant: Any, kind: str = "core.sign_in", language: str = "en") -> OwnText | None:
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        return own_text(db, kind, language)


def fill(form: Any, subject: str = "Come in, {provider}", body: str = BODY) -> Any:
    form["subject"], form["body"] = subject, body
    return form


def test_the_form_begins_with_our_words(sam: TestApp) -> None:
    form = sam.get(SIGN_IN).forms["text"]
    assert form["subject"].value == "Sign in to {provider}"
    assert (
        "{link}" in form["body"].value
        and "{code}" in form["body"].value
        and "{minutes} minutes" in form["body"].value
    )
    german = sam.get(f"{LIST}/core.sign_in/de").forms["text"]
    assert "Minuten" in german["body"].value


def test_a_text_is_kept_and_the_next_mail_says_it(
    sam: TestApp, database: Any, tenant: Any, browser: Any, user: Any, run_jobs: Any, outbox: Any
) -> None:
    page = fill(sam.get(SIGN_IN).forms["text"]).submit("save").follow()
    assert "Saved" in page and page.forms["text"]["body"].value.replace("\r\n", "\n") == BODY
    assert kept(database, tenant) == OwnText("Come in, {provider}", BODY)
    assert "your words" in sam.get(LIST)
    visitor = browser()
    form = visitor.get("/sign-in").forms["sign-in"]
    form["email"] = user.email
    form.submit("send")
    run_jobs()
    (mail,) = outbox()
    assert mail["Subject"] == "Come in, Alder Hosting"
    text = mail.get_body(("plain",)).get_content()
    assert text.startswith("Hello!") and "/sign-in/confirm/" in text and "within 10 minutes." in text
    assert ">Sign in</a>" in mail.get_body(("html",)).get_content()
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        entry = db.scalars(select(AuditEntry).where(AuditEntry.code == "core.mail_text_changed")).one()
    assert entry.data == {"mail": "Sign-in link", "language": "English"}


def test_back_to_ours(sam: TestApp, database: Any, tenant: Any) -> None:
    ours = sam.get(SIGN_IN).forms["text"]
    subject, body = ours["subject"].value, ours["body"].value
    assert "Back to the original text" not in sam.get(SIGN_IN)
    fill(sam.get(SIGN_IN).forms["text"]).submit("save")
    page = sam.get(SIGN_IN)
    reset = next(form for form in page.forms.values() if form.action.endswith("/reset"))
    assert "uses the original text again" in reset.submit().follow()
    assert kept(database, tenant) is None
    # To write our words is the same.
    fill(sam.get(SIGN_IN).forms["text"]).submit("save")
    fill(sam.get(SIGN_IN).forms["text"], subject, body).submit("save")
    assert kept(database, tenant) is None
    codes = [f"core.mail_text_{word}" for word in ("changed", "reset", "changed", "reset")]
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        assert db.scalars(select(AuditEntry.code).order_by(AuditEntry.id)).all() == codes


@pytest.mark.parametrize(
    ("subject", "body", "field", "words"),
    [
        ("Hi {{7*7}} {x.__class__}", BODY, "subject", "{x.__class__} can't be used here"),
        ("Hi ${7*7}", BODY, "subject", "{7*7} can't be used here"),
        (
            "Hi",
            BODY + " {nmae}",
            "body",
            "{nmae} can't be used here. Known are {link}, {code}, {minutes}, {provider}",
        ),
        ("Hi", BODY + " {% for a in b %}", "body", "can't be used here"),
        ("Hi", BODY + " {", "body", "Write {{ where a { shall be seen"),
        ("Hi", "No way in", "body", "Without {link}, {code} this mail is of no use"),
        ("Hi", "{link}", "body", "Without {code}"),
        ("Hi {code}", BODY, "subject", "{code} can't be used here"),
        ("Hi\r\nBcc: eve@evil.test", BODY, "subject", "A subject is one line"),
        ("Hi\u2028there", BODY, "subject", "A subject is one line"),
        ("", BODY, "subject", "Please fill this in"),
        ("Hi", " \r\n ", "body", "Please fill this in"),
        ("x" * 301, BODY, "subject", "at most 300 characters"),
        ("Hi", BODY + "\x1b[31m", "body", "a character that can't be used"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_field(
    sam: TestApp, database: Any, tenant: Any, subject: str, body: str, field: str, words: str
) -> None:
    form = sam.get(SIGN_IN).forms["text"]
    form["subject"].force_value(subject)
    form["body"].force_value(body)
    page = form.submit("save", status=400)
    assert words in page.html.find(id=f"text-{field}-problem").get_text(" ", strip=True)
    assert page.html.select_one(".summary a")["href"] == f"#text-{field}"
    # Nothing typed is lost.
    again = page.forms["text"]
    assert again["body"].value.replace("\r\n", "\n").strip() == body.replace("\r\n", "\n").strip()
    assert again["subject"].value.split() == subject.split()
    assert kept(database, tenant) is None


def test_a_million_characters(sam: TestApp, database: Any, tenant: Any) -> None:
    with warnings.catch_warnings():
        # WebOb keeps a large body in a file that only the collector closes.
        warnings.simplefilter("ignore", ResourceWarning)
        form = fill(sam.get(SIGN_IN).forms["text"], "{x}" * 1000, "{link}{code}" * 100_000)
        page = form.submit("save", status=400)
        refused = "at most 20,000 characters" in page.text
        del form, page
        gc.collect()
    assert refused
    assert kept(database, tenant) is None


@pytest.mark.parametrize(
    "text", ["{{7*7}}", "${{7*7}}", "%(link)s %s", "<script>alert(1)</script>", "{{% raw %}}", "#{{x}}"]
)
def test_other_languages_are_plain_text(sam: TestApp, text: str, database: Any, tenant: Any) -> None:
    shown = text.replace("{{", "{").replace("}}", "}")
    form = fill(sam.get(SIGN_IN).forms["text"], f"S {text}", f"{BODY}\n\n{text}")
    frame = sam.post(f"{SIGN_IN}/preview", form.submit_fields("preview"))
    assert "<script" not in frame.text and "49" not in frame.html.get_text()
    assert shown in frame.html.get_text()
    form.submit("save", status=303)
    assert kept(database, tenant) is not None


def test_the_preview_keeps_nothing_and_can_do_nothing(sam: TestApp, database: Any, tenant: Any) -> None:
    page = sam.get(SIGN_IN)
    assert page.headers["Content-Security-Policy"].endswith("; frame-src 'self'")
    frame = page.html.find("iframe")
    button = page.html.find("button", {"name": "preview"})
    assert button["formtarget"] == frame["name"] and button["formaction"] == f"{SIGN_IN}/preview"
    sent = fill(page.forms["text"]).submit_fields("preview")
    for answer in (sam.get(frame["src"]), sam.post(f"{SIGN_IN}/preview", sent)):
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert "K7QP-3MXD" in answer
        assert "Subject: " in answer.html.get_text() and "Alder Hosting" in answer
    assert "Or type K7QP-3MXD within 10 minutes." in answer
    wrong = sam.post(
        f"{SIGN_IN}/preview", fill(page.forms["text"], body="<b>{nope}</b>").submit_fields("preview"), status=400
    )
    assert (
        "{nope} can't be used here" in wrong.html.get_text() and "sandbox" in wrong.headers["Content-Security-Policy"]
    )
    assert kept(database, tenant) is None


def test_a_test_goes_to_the_reader_only(sam: TestApp, run_jobs: Any, outbox: Any, database: Any, tenant: Any) -> None:
    form = fill(sam.get(SIGN_IN).forms["text"])
    page = sam.post(f"{SIGN_IN}/test", form.submit_fields("test"))
    assert "A test is on its way to staff@alder.test." in page.html.select_one("#words [role=status]").text
    assert sam.get(f"{SIGN_IN}/test", status=303).location.endswith(SIGN_IN)
    # What was typed stays, and still isn't saved.
    assert page.forms["text"]["subject"].value == "Come in, {provider}"
    run_jobs()
    (mail,) = outbox()
    assert (mail["To"], mail["Subject"]) == ("staff@alder.test", "Test: Come in, Alder Hosting")
    assert "K7QP-3MXD" in mail.get_body(("plain",)).get_content()
    assert kept(database, tenant) is None
    page = sam.post(f"{SIGN_IN}/test", fill(form, body="no link").submit_fields("test"), status=400)
    assert page.html.select_one(".summary a")["href"] == "#text-body"
    for _more in range(9):
        sam.post(f"{SIGN_IN}/test", fill(form).submit_fields("test"))
    sam.post(f"{SIGN_IN}/test", fill(form).submit_fields("test"), status=429)
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        assert db.scalar(select(func.count()).select_from(OutgoingMail)) == 10


def test_a_text_that_no_longer_fits_asks_for_attention(sam: TestApp, database: Any, tenant: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        keep_text(db, db.get_one(Tenant, tenant.id), "core.sign_in", "en", OwnText("Hi", "{gone} {link} {code}"))
    assert "needs you" in sam.get(LIST)
    page = sam.get(SIGN_IN)
    assert "no longer fits" in page and page.forms["text"]["body"].value == "{gone} {link} {code}"
    assert "K7QP-3MXD" in sam.get(page.html.find("iframe")["src"])


@pytest.mark.parametrize(
    "end",
    ["core.nothing/en", "core.sign_in/fr", "core.sign_in/EN", "core.sign_in/..", "x/en", "core.sign_in/en%0d%0a"],
)
def test_no_such_text(sam: TestApp, end: str) -> None:
    sam.get(f"{LIST}/{end}", status=404)


def test_mails_of_a_module_that_is_off(sam: TestApp, make: Any, tenant: Any) -> None:
    assert "Plain letter" in sam.get(LIST)
    make.switch_off(tenant, "letters")
    assert "Plain letter" not in sam.get(LIST)
    for end in ("", "/preview"):
        sam.get(f"{LIST}/letters.plain/en{end}", status=404)


def test_every_kind_can_be_seen_in_every_language(sam: TestApp, portal: Any) -> None:
    for kind in portal.seam.emails:
        for language in ("en", "de"):
            page = sam.get(f"{LIST}/{kind}/{language}")
            frame = sam.get(page.html.find("iframe")["src"])
            assert len(frame.html.get_text(" ", strip=True)) > 40
            assert "hidden-" not in frame.text


def test_other_tenants_keep_their_words(
    sam: TestApp, browser: Any, signed_in: Any, make: Any, other_tenant: Any, database: Any, tenant: Any
) -> None:
    fill(sam.get(SIGN_IN).forms["text"]).submit("save")
    other = signed_in(browser("other.test"), make.staff(other_tenant, "x@birch.test"), kind="staff")
    assert other.get(SIGN_IN).forms["text"]["subject"].value == "Sign in to {provider}"
    assert kept(database, other_tenant) is None


def test_two_at_once_leave_one_text(database: Any, tenant: Any) -> None:
    for subject in ("One", "Two"):
        with database.session(Scope.tenant_wide(tenant.id)) as db:
            keep_text(db, db.get_one(Tenant, tenant.id), "core.sign_in", "en", OwnText(subject, BODY))
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        assert [row.subject for row in db.scalars(select(MailText))] == ["Two"]


def test_a_list_is_one_placeholder(sam: TestApp) -> None:
    form = sam.get(f"{LIST}/core.details_changed/en").forms["text"]
    lines = form["body"].value.split("\r\n") if "\r\n" in form["body"].value else form["body"].value.split("\n")
    assert "{changes}" in lines
    frame = sam.post(f"{LIST}/core.details_changed/en/preview", form.submit_fields("preview"))
    assert "City: " in frame.html.get_text()
