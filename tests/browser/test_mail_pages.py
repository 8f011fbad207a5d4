"""E-mails in Chromium: every page judged, nothing in a mail runs, and its look survives the policy."""

from __future__ import annotations

import pytest
from doors import user_of
from playwright.sync_api import expect

from riskportal.db.guard import Scope
from riskportal.demo.users import DEMO_STAFF
from riskportal.identity.models import AccessRule
from riskportal.identity.sessions import open_session
from riskportal.mail.models import OutgoingMail

MARA, SAM = "mara@northwind.example", DEMO_STAFF[0].email
HOSTILE = """<!DOCTYPE html><html><head><script>parent.document.title = "pwned"</script>
<style>@import url(//evil.test/a.css);</style></head>
<body style="background:#ffffff" onload="parent.document.title='pwned'">
<p style="margin:0;color:#0b5d57;">Harmless</p>
<img src="https://evil.test/x.png" onerror="top.location='https://evil.test/'">
<p style="background:url(https://evil.test/y.png)">Also harmless</p>
<svg onload="top.document.title='pwned'"></svg><iframe src="https://evil.test/"></iframe>
<form action="https://evil.test/"><button id="go">Go</button></form>
<a id="bad" href="javascript:parent.document.title='pwned'">script</a>
<a href="https://portal.example/somewhere">out</a></body></html>"""


@pytest.fixture
def enter(visit, loaded_demo):
    """`enter(MARA, "portal", width=360)`: somebody's window, signed in."""

    def start(email, kind, **options):
        visitor = visit(**options)
        user = user_of(loaded_demo, email)
        with loaded_demo.database.session(Scope.tenant_wide(user.tenant_id)) as db:
            now = loaded_demo.clock.now()
            _row, token = open_session(db, user, kind, now, loaded_demo.session_lifetime, None, "Firefox Linux")
        name = "rp_staff" if kind == "staff" else "rp_session"
        visitor.context.add_cookies([{"name": name, "value": token, "url": visitor.server.url}])
        return visitor

    return start


@pytest.fixture
def hostile(loaded_demo):
    """A mail to Mara's bill group whose HTML tries everything."""
    user = user_of(loaded_demo, MARA)
    with loaded_demo.database.session(Scope.tenant_wide(user.tenant_id)) as db:
        group = db.query(AccessRule.bill_group_id).filter(AccessRule.value == MARA).limit(1).scalar()
        mail = OutgoingMail(
            bill_group_id=group, kind="billing.invoice", to_address=MARA, language="en", sender_name="RiskITO",
            sender_address="portal@riskito.example", message_id="<hostile@riskito.example>", subject="Look",
            text="Look at this", html=HOSTILE, state="sent", sent_at=loaded_demo.clock.now(),
        )  # fmt: skip
        db.add(mail)
    return mail


def judge(visitor, name):
    """Judge the page; that the watcher's own script can't run in the frame either is no trouble."""
    visitor.page.wait_for_load_state("networkidle")
    visitor.trouble[:] = [text for text in visitor.trouble if "Blocked script execution" not in text]
    visitor.judge(name)
    visitor.trouble.clear()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_every_page(enter, width, scheme):
    visitor = enter(MARA, "portal", width=width, scheme=scheme)
    page = visitor.page
    visitor.go("/")
    visitor.go(page.url.rstrip("/") + "/account/emails")
    judge(visitor, "mail-list")
    page.get_by_role("link", name="The details of your account have changed").click()
    expect(page.frame_locator("iframe").locator("p.ink", has_text="Mara Lindqvist changed")).to_be_visible()
    judge(visitor, "mail-one")
    page.get_by_text("Show the text alone").click()
    judge(visitor, "mail-text")
    office = enter(SAM, "staff", width=width, scheme=scheme)
    for name, path in {
        "list": "/emails",
        "none": "/emails?q=nobody@nowhere.example",
        "texts": "/settings/mail-texts",
        "edit": "/settings/mail-texts/core.sign_in/en",
        "edit-details": "/settings/mail-texts/core.details_changed/de",
    }.items():
        office.go("/staff" + path)
        judge(office, f"mail-staff-{name}")


def test_nothing_in_a_mail_runs_and_it_still_looks_like_one(enter, hostile):
    visitor = enter(MARA, "portal")
    page = visitor.page
    visitor.go("/")
    visitor.go(f"{page.url.rstrip('/')}/account/emails/{hostile.public_id}")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Also harmless")).to_be_visible()
    assert frame.get_by_text("Harmless", exact=True).evaluate("e => getComputedStyle(e).color") == "rgb(11, 93, 87)"
    frame.get_by_text("script", exact=True).click()
    assert "pwned" not in page.title() and page.url.endswith(hostile.public_id)
    assert frame.locator("img, form, button, svg, iframe, script").count() == 0
    # A link leaves the page as it is and opens a window of its own.
    visitor.context.route("https://portal.example/**", lambda route: route.fulfill(body="elsewhere"))
    with visitor.context.expect_page() as opened:
        frame.get_by_text("out", exact=True).click()
    assert opened.value.url.startswith("https://portal.example/") and page.url.endswith(hostile.public_id)
    assert not opened.value.evaluate("!!window.opener")
    judge(visitor, "mail-hostile")


def test_words_are_seen_before_they_are_saved(enter):
    office = enter(SAM, "staff")
    page = office.page
    office.go("/staff/settings/mail-texts/core.sign_in/en")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("It works once, for 10 minutes")).to_be_visible()
    page.get_by_role("textbox", name="Text").fill("Good morning!\n\nCome in: {link}\n\n{code}")
    page.get_by_role("button", name="Show in the preview").click()
    expect(frame.get_by_role("link", name="Come in")).to_be_visible()
    page.get_by_role("button", name="Send me a test").click()
    expect(page.get_by_role("status").filter(has_text=f"A test is on its way to {SAM}.")).to_be_in_viewport()
    # The frame shows what was typed, not what is saved.
    expect(frame.get_by_role("link", name="Come in")).to_be_visible()
    expect(page.get_by_role("textbox", name="Text")).to_have_value("Good morning!\n\nCome in: {link}\n\n{code}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    judge(office, "mail-text-own")
    page.get_by_role("textbox", name="Text").fill("No link at all")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Without {link}, {code} this mail is of no use.").first).to_be_visible()
    assert page.evaluate("document.activeElement.matches('.summary')")
    # What was wrong is forgotten as soon as the frame shows what stands there now.
    page.get_by_role("textbox", name="Text").fill("Come in: {link}\n\n{code}")
    page.get_by_role("button", name="Show in the preview").click()
    expect(page.locator(".summary, .problem")).to_have_count(0)
    assert page.get_by_role("textbox", name="Text").get_attribute("aria-invalid") is None
