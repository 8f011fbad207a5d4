"""Sign-in against the attack list, A1 to A22: each test names its rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import webtest
from signin_steps import EMAIL, ask, count, link_and_code, press
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.identity.models import AccessRule, SignInRequest, User, UserSession
from riskportal.jobs.models import JobRow
from riskportal.security import cookies

pytestmark = pytest.mark.usefixtures("user")


@pytest.fixture
def mailed(testapp: Any, run_jobs: Any, outbox: Any) -> Callable[..., tuple[str, str]]:
    """Ask for a link and read the mail: path of the link, and code."""

    def do(email: str = EMAIL) -> tuple[str, str]:
        assert ask(testapp, email).status_int == 303
        run_jobs()
        return link_and_code(outbox()[-1])

    return do


def test_a1_a_link_works_once(testapp: Any, mailed: Any, database: Any, browser: Any) -> None:
    path, _code = mailed()
    assert "Sign in as ada@customer.test?" in testapp.get(path).text
    assert testapp.get(path).status_int == 200
    assert press(testapp, path).status_int == 303
    assert testapp.get("/").status_int == 303  # straight to the only bill group
    for visitor in (testapp, browser()):
        assert "no longer valid" in visitor.get(path, status=410).text
    assert count(database, UserSession) == 1


def test_a2_mail_scanners_spend_nothing(testapp: Any, mailed: Any, browser: Any) -> None:
    path, _code = mailed()
    for _ in range(10):
        scanner = browser()
        assert scanner.head(path).status_int == 200
        page = scanner.get(path, headers={"User-Agent": "Mozilla/5.0 (compatible; scanner)"})
        assert "<script" not in re.sub(r'<script type="module" src="/static/[^"]+"></script>', "", page.text)
    assert press(testapp, path).status_int == 303


def test_a3_another_browser_needs_the_code(mailed: Any, browser: Any, database: Any) -> None:
    path, code = mailed()
    other = browser()
    page = other.get(path)
    assert EMAIL not in page.text
    form = page.forms["code"]
    form["code"] = "WRONGONE"
    wrong = form.submit(status=400)
    assert wrong.html.find(id="code-code-problem")
    assert wrong.forms["code"]["code"].value == "WRONGONE"
    assert EMAIL not in wrong.text
    assert count(database, UserSession) == 0
    form = other.get(path).forms["code"]
    form["code"] = code.lower().replace("-", " ")
    assert form.submit().status_int == 303
    assert count(database, UserSession) == 1


def test_a3_a_post_without_the_browsers_cookie_is_no_sign_in(mailed: Any, browser: Any, database: Any) -> None:
    path, _code = mailed()
    browser().post(path, status=400)  # not even a form token
    stranger = browser()
    token = stranger.get("/sign-in").forms["sign-in"]["csrf_token"].value
    assert stranger.post(path, {"csrf_token": token}, status=400).forms["code"]
    assert count(database, UserSession) == 0


def test_a3_five_wrong_codes_end_the_request(testapp: Any, mailed: Any, database: Any) -> None:
    path, _code = mailed()
    for _ in range(5):
        form = testapp.get("/sign-in/check").forms["code"]
        form["code"] = "22222222"
        answer = form.submit(status=400)
    assert "Ask for a new link" in answer.text
    assert "Ask for a new link" in testapp.get("/sign-in/check").text
    testapp.get(path, status=410)
    assert count(database, UserSession) == 0


def test_a3_five_wrong_codes_at_the_link_end_the_request(mailed: Any, browser: Any, database: Any) -> None:
    path, code = mailed()
    other = browser()
    form = other.get(path).forms["code"]
    for _ in range(5):
        form["code"] = "22222222"
        form.submit(status=400)
    form["code"] = code
    assert "no longer valid" in form.submit(status=410).text
    assert count(database, UserSession) == 0


def test_a_wrong_code_stays_in_its_field_and_another_mail_is_a_button_away(
    testapp: Any, mailed: Any, run_jobs: Any, outbox: Any
) -> None:
    path, code = mailed()
    form = testapp.get("/sign-in/check").forms["code"]
    form["code"] = "WRONG234"
    wrong = form.submit(status=400)
    assert "That code is not right" in wrong.html.find(id="code-code-problem").text
    assert wrong.forms["code"]["code"].value == "WRONG234"
    again = next(form for form in wrong.forms.values() if form.action == "/sign-in").submit("send")
    assert "A new mail was asked for" in again.follow().text
    run_jobs()
    testapp.get(path, status=410)
    assert link_and_code(outbox()[-1])[1] != code


def test_a_dead_link_offers_the_next(testapp: Any, tenant: Any) -> None:
    page = testapp.get(f"/sign-in/confirm/{'x' * 43}", status=410)
    assert page.html.select_one(".panel a.btn.primary")["href"] == "/sign-in"
    assert page.html.title.text.startswith("This link is no longer valid")


def test_the_code_signs_in_where_one_asked(testapp: Any, mailed: Any) -> None:
    _path, code = mailed()
    form = testapp.get("/sign-in/check").forms["code"]
    form["code"] = code
    assert form.submit().status_int == 303
    assert "/g/" in testapp.get("/").location


def test_a4_a_newer_link_voids_the_older(testapp: Any, mailed: Any) -> None:
    first, _ = mailed()
    second, _ = mailed()
    assert first != second
    testapp.get(first, status=410)
    assert press(testapp, second).status_int == 303


@pytest.mark.parametrize(("minutes", "status"), [(9.9, 200), (10.1, 410)])
def test_a5_ten_minutes(testapp: Any, mailed: Any, clock: Any, minutes: float, status: int) -> None:
    path, _code = mailed()
    clock.advance(minutes=minutes)
    testapp.get(path, status=status)


def test_a6_a_hundred_presses_open_one_session(testapp: Any, mailed: Any, app: Any, database: Any) -> None:
    path, _code = mailed()
    page = testapp.get(path)
    token = page.forms[0]["csrf_token"].value
    cookie = {"Cookie": "; ".join(f"{c.name}={c.value}" for c in testapp.cookiejar)}

    def one(number: int) -> int:
        visitor = webtest.TestApp(app, extra_environ={"HTTP_HOST": "portal.test", "REMOTE_ADDR": f"10.{number}.0.1"})
        return visitor.post(path, {"csrf_token": token}, headers=cookie, status="*").status_int

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(100)))
    assert answers.count(303) == 1
    assert set(answers) == {303, 410}
    assert count(database, UserSession) == 1


def test_a7_a8_signing_in_renews_session_and_form_tokens(testapp: Any, mailed: Any, browser: Any) -> None:
    path, _code = mailed()
    before = testapp.get("/sign-in").forms["sign-in"]["csrf_token"].value
    planted = "x" * 43
    testapp.set_cookie(cookies.SESSION, planted)
    press(testapp, path)
    assert testapp.cookies[cookies.SESSION].strip('"') != planted
    testapp.post("/sign-out", {"csrf_token": before}, status=400)


def test_a7_signing_in_again_ends_the_earlier_session(testapp: Any, mailed: Any, browser: Any) -> None:
    press(testapp, mailed()[0])
    stolen = testapp.cookies[cookies.SESSION].strip('"')
    press(testapp, mailed()[0])
    thief = browser()
    thief.set_cookie(cookies.SESSION, stolen)
    assert thief.get("/").location.endswith("/sign-in")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.test"},
        {"Forwarded": "host=evil.test"},
        {"X-Original-URL": "http://evil.test/"},
        {"Origin": "http://portal.test"},
    ],
)
def test_a9_links_lead_to_the_configured_address(testapp: Any, run_jobs: Any, outbox: Any, headers: Any) -> None:
    ask(testapp, headers=headers)
    run_jobs()
    text = outbox()[-1].get_body(("plain",)).get_content()
    assert "evil" not in text
    link_and_code(outbox()[-1])


def test_a9_an_unknown_host_gets_nothing(browser: Any, tenant: Any) -> None:
    page = browser(host="evil.test").get("/sign-in", status=404)
    assert tenant.name not in page.text
    browser(host="portal.test:8080").get("/sign-in", status=200)
    browser(host="PORTAL.test.").get("/sign-in", status=200)


BAD_NEXT = [
    "//e.test", "/\\e.test", "/%09/e.test", "https:e.test", "javascript:alert(1)", "/%2f%2fe.test", "/%5ce.test",
    "//user@e.test", "\x01//e.test", "http:///e.test", "/a//e.test", "/\t/e.test", "e.test", "/ü",
]  # fmt: skip


@pytest.mark.parametrize("target", BAD_NEXT)
def test_a10_no_open_redirect(testapp: Any, run_jobs: Any, outbox: Any, target: str) -> None:
    form = testapp.get("/sign-in", {"next": target}).forms["sign-in"]
    assert form["next"].value == ""
    form["email"], form["next"].value = EMAIL, target
    form.submit(status="*")
    run_jobs()
    if not outbox():
        return  # the form refused the value altogether
    assert press(testapp, link_and_code(outbox()[-1])[0]).location == "http://portal.test/"


def test_a10_a_good_target_is_kept(testapp: Any, mailed: Any, bill_group: Any, run_jobs: Any, outbox: Any) -> None:
    wanted = f"/g/{bill_group.public_id}/account/security"
    to_sign_in = testapp.get(wanted)
    form = testapp.get(to_sign_in.location).forms["sign-in"]
    form["email"] = EMAIL
    form.submit()
    run_jobs()
    assert press(testapp, link_and_code(outbox()[-1])[0]).location == f"http://portal.test{wanted}"


def test_a11_every_address_gets_the_same_answer(
    browser: Any, make: Any, tenant: Any, database: Any, outbox: Any, run_jobs: Any
) -> None:
    make.user(tenant, "disabled@customer.test")
    with database.session(Scope.system_wide("test")) as db:
        db.scalars(select(User).where(User.email.like("disabled%"))).one().disabled_at = database.clock.now()
    answers = []
    for email in (EMAIL, "nobody@customer.test", "disabled@customer.test"):
        visitor = browser()
        answer = ask(visitor, email)
        form = visitor.get("/sign-in/check").forms["code"]
        form["code"] = "22222222"
        pages = [visitor.get("/sign-in/check").text, form.submit(status=400).text]
        page = re.sub(r'value="[0-9a-f]{64}"', "", "".join(pages).replace(email, "@"))
        headers = {
            name: value for name, value in answer.headers.items() if name not in ("Set-Cookie", "X-Request-Id")
        }
        answers.append((answer.status, headers, page, count(database, JobRow)))
    assert [a[:3] for a in answers[1:]] == [answers[0][:3]] * 2
    assert [a[3] for a in answers] == [1, 2, 3]
    run_jobs()
    assert [str(mail["To"]) for mail in outbox()] == [EMAIL]


def test_a17_signing_out_ends_the_session_on_the_server(
    testapp: Any, mailed: Any, browser: Any, bill_group: Any
) -> None:
    press(testapp, mailed()[0])
    cookie = testapp.cookies[cookies.SESSION].strip('"')
    home = f"/g/{bill_group.public_id}/"
    page = testapp.get(home)
    next(form for form in page.forms.values() if form.action == "/sign-out").submit()
    thief = browser()
    thief.set_cookie(cookies.SESSION, cookie)
    assert thief.get(home).status_int == 303


def test_a17_a_disabled_user_is_out_at_once(
    testapp: Any, signed_in: Any, user: Any, database: Any, bill_group: Any
) -> None:
    signed_in(testapp, user)
    home = f"/g/{bill_group.public_id}/"
    assert testapp.get(home).status_int == 200
    with database.session(Scope.system_wide("test")) as db:
        db.get_one(User, user.id).disabled_at = database.clock.now()
    assert testapp.get(home).status_int == 303


def test_a18_a_removed_rule_is_gone_at_the_next_request(
    testapp: Any, signed_in: Any, user: Any, database: Any, bill_group: Any
) -> None:
    signed_in(testapp, user)
    home = f"/g/{bill_group.public_id}/"
    assert testapp.get(home).status_int == 200
    with database.session(Scope.system_wide("test")) as db:
        db.delete(db.scalars(select(AccessRule)).one())
    testapp.get(home, status=404)
    assert "No account is open to you" in testapp.get("/").text


def test_a18_an_expired_rule_is_gone(
    testapp: Any, signed_in: Any, make: Any, tenant: Any, bill_group: Any, clock: Any
) -> None:
    guest = make.user(tenant, "guest@customer.test")
    make.rule(bill_group, "guest@customer.test", until=clock.now() + timedelta(hours=1))
    signed_in(testapp, guest)
    assert testapp.get(f"/g/{bill_group.public_id}/").status_int == 200
    clock.advance(hours=2)
    testapp.get(f"/g/{bill_group.public_id}/", status=404)


def test_a19_the_link_page_tells_nobody(testapp: Any, mailed: Any, caplog: Any) -> None:
    path, code = mailed()
    page = testapp.get(path)
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert page.headers["Cache-Control"] == "private, no-store"
    assert not re.findall(r'(?:src|href)="https?://', page.text)
    token = path.rpartition("/")[2]
    assert token not in caplog.text
    assert code not in caplog.text


def test_a19_nothing_secret_is_stored(mailed: Any, database: Any) -> None:
    path, code = mailed()
    token = path.rpartition("/")[2]
    with database.session(Scope.system_wide("test"), write=False) as db:
        row = db.scalars(select(SignInRequest)).one()
        stored = repr({c.name: getattr(row, c.name) for c in SignInRequest.__table__.columns})
        stored += repr([job.payload for job in db.scalars(select(JobRow))])
    assert token not in stored
    assert code not in stored
    assert code.replace("-", "") not in stored


@pytest.mark.parametrize(
    ("email", "mails"), [("info@firm.test", 0), ("carl@firm.test", 1), ("carl@sub.firm.test", 0)]
)
def test_a20_b10_shared_mailboxes_and_subdomains_of_a_domain_rule(
    testapp: Any, make: Any, bill_group: Any, run_jobs: Any, outbox: Any, email: str, mails: int
) -> None:
    make.rule(bill_group, "firm.test", kind="domain", role="viewer")
    ask(testapp, email)
    run_jobs()
    assert len(outbox()) == mails


def test_a_domain_user_is_made_at_the_first_visit(
    testapp: Any, make: Any, bill_group: Any, mailed: Any, database: Any
) -> None:
    make.rule(bill_group, "firm.test", kind="domain", role="viewer")
    before = count(database, User)
    press(testapp, mailed("carl@firm.test")[0])
    assert count(database, User) == before + 1
    assert testapp.get("/").location.endswith(f"/g/{bill_group.public_id}/")


@pytest.mark.parametrize("path", ["/staff/setup", "/install", "/admin", "/setup"])
def test_a22_nobody_becomes_staff_over_http(testapp: Any, path: str) -> None:
    testapp.get(path, status=404)


def test_b4_a_session_is_no_session_at_another_tenant(
    testapp: Any, signed_in: Any, user: Any, other_tenant: Any, browser: Any
) -> None:
    signed_in(testapp, user)
    elsewhere = browser(host="other.test")
    elsewhere.set_cookie(cookies.SESSION, testapp.cookies[cookies.SESSION].strip('"'))
    assert elsewhere.get("/").location.endswith("/sign-in")
