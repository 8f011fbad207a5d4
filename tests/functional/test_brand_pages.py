"""Brand, contact and company: checked as on the command line, and nothing hostile gets through."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
from webtest import Upload

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.tenancy.models import Tenant

SCRIPT = "<script>alert(1)</script>"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 40, height: int = 20, extra: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = zlib.compress((b"\0" + b"\x10\x40\x90" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture
def boss(make: Any, tenant: Any) -> Any:
    return make.staff(tenant, "boss@alder.test", name="Bea Boss")


@pytest.fixture
def office(browser: Any, signed_in: Any, boss: Any) -> Any:
    return lambda user=boss: signed_in(browser(), user, kind="staff")


@pytest.fixture
def stored(database: Any, tenant: Any) -> Any:
    """`stored()`: the tenant as it is now."""

    def read() -> Tenant:
        with database.session(Scope.tenant(tenant.id), write=False) as db:
            return db.get_one(Tenant, tenant.id)

    return read


@pytest.fixture
def audited(database: Any, tenant: Any) -> Any:
    def read() -> list[Any]:
        with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
            return [(entry.code, entry.data) for entry in db.query(AuditEntry).order_by(AuditEntry.id)]

    return read


PAGES = {"brand": "/staff/brand", "contact": "/staff/brand/contact", "company": "/staff/brand/company"}


def test_name_and_colour(office: Any, stored: Any, audited: Any) -> None:
    browser = office()
    form = browser.get("/staff/brand").forms["brand"]
    form["name"], form["accent"] = "Birke & Söhne <b>", "#A0271D"
    page = form.submit("save").follow()
    assert (stored().name, stored().accent) == ("Birke & Söhne <b>", "#a0271d")
    assert "Birke &amp; Söhne &lt;b&gt;" in page.text and "<b>" not in page.html.find("title").text.replace(
        "<b>", "", 1
    )
    assert audited() == [
        (
            "core.tenant_changed",
            {
                "fields": ["name", "accent"],
                "changes": {"name": ["Alder Hosting", "Birke & Söhne <b>"], "accent": ["#0b5d57", "#a0271d"]},
            },
        )
    ]
    assert "#a0271d" in browser.get("/brand.css").text
    log = browser.get("/staff/audit")
    assert "Changed about the provider: Name, Accent colour" in log and "Alder Hosting → Birke" in log


def test_preview_keeps_nothing(office: Any, stored: Any, audited: Any) -> None:
    browser = office()
    form = browser.get("/staff/brand").forms["brand"]
    form["accent"] = "#7a1fa2"
    page = form.submit("preview")
    assert page.status_int == 200 and "not saved yet" in page
    assert stored().accent == "#0b5d57" and audited() == []
    css = page.html.select_one("link[href*='preview.css']")["href"]
    assert browser.get(css).text == ".accented { --accent: #7a1fa2; --accent-ink: #ffffff; }\n"
    assert page.forms["brand"]["accent"].value == "#7a1fa2"


@pytest.mark.parametrize(
    "accent", ["red", "#fff", "}body{display:none}", "#ffff00", "", "url(//evil.test)", "#0b5d57;x"]
)
def test_the_preview_css_is_a_colour(office: Any, accent: str) -> None:
    assert (
        office().get("/staff/brand/preview.css", {"accent": accent}).text.startswith(".accented { --accent: #0b5d57;")
    )


BAD: list[tuple[str, str, str, str]] = [
    ("brand", "accent", "#ffff00", "too pale"),
    ("brand", "accent", "red", "# and six digits"),
    ("brand", "accent", "#0b5d5;", "# and six digits"),
    ("brand", "accent", "", "fill this in"),
    ("brand", "name", "", "fill this in"),
    ("brand", "name", "x" * 201, "at most 200"),
    ("brand", "name", "a\r\nBcc: eve@x.test", "can't be used here"),
    ("contact", "sender_name", "Alder\r\nBcc: eve@evil.test", "can't be used here"),
    ("contact", "sender_name", "Alder\u202egnp", "can't be used here"),
    ("contact", "sender_name", "x" * 201, "at most 200"),
    ("contact", "sender_address", "portal@alder.test\r\nBcc: eve@x.test", "can't be used here"),
    ("contact", "sender_address", "a@b.test, c@d.test", "e-mail address"),
    ("contact", "sender_address", "", "fill this in"),
    ("contact", "support_email", "<script>@x.test", "e-mail address"),
    ("contact", "phone", "call me", "telephone number"),
    ("contact", "time_zone", "../../etc/passwd", "Choose one of the options"),
    ("contact", "time_zone", "Mars/Olympus", "Choose one of the options"),
    ("company", "legal_name", "", "fill this in"),
    ("company", "country", "XX", "Choose one of the options"),
    ("company", "country", "<b>", "Choose one of the options"),
    ("company", "iban", "DE88370400440532013000", "no IBAN"),
    ("company", "iban", "x" * 5000, "at most 42"),
    ("company", "bic", "COBA", "8 or 11"),
    ("company", "vat_number", "DE123", "VAT number looks like"),
    ("company", "postcode", "x" * 21, "at most 20"),
    ("company", "city", "Ham\x07burg", "can't be used here"),
]


@pytest.mark.parametrize(
    ("page", "field", "value", "says"), BAD, ids=[f"{p}-{f}-{n}" for n, (p, f, *_r) in enumerate(BAD)]
)
def test_what_is_refused(
    office: Any, stored: Any, audited: Any, page: str, field: str, value: str, says: str
) -> None:
    browser = office()
    form = browser.get(PAGES[page]).forms[page]
    sent = [(name, text) for name, text in form.submit_fields("save") if name != field]
    answer = browser.post(PAGES[page], [*sent, (field, value)], status=400)
    assert says in answer.html.select_one(f"#{page}-{field}-problem").get_text()
    assert answer.html.select_one(".summary") is not None
    shown = answer.forms[page]
    for name, text in sent:
        if name in shown.fields and name not in ("csrf_token", "checkbox", "save"):
            assert shown[name].value == text, f"{name} was lost"
    assert SCRIPT not in answer.text
    assert stored().config_version == 1 and audited() == []


def test_contact(office: Any, stored: Any, audited: Any) -> None:
    browser = office()
    form = browser.get("/staff/brand/contact").forms["contact"]
    form["sender_name"], form["support_email"], form["phone"] = (
        "Alder Support",
        " Help@ALDER.test ",
        "0049 40 1234567",
    )
    form["time_zone"] = "Europe/Vienna"
    for box in form.fields["checkbox"]:
        box.checked = box._value == "de"
    form.submit("save").follow()
    now = stored()
    assert (now.sender_name, now.support_email, now.phone) == ("Alder Support", "help@alder.test", "+49 40 1234567")
    assert (now.time_zone, now.languages) == ("Europe/Vienna", ["de"])
    form = browser.get("/staff/brand/contact").forms["contact"]
    for box in form.fields["checkbox"]:
        box.checked = True
    form["support_email"] = ""
    form.submit("save").follow()
    assert (stored().languages, stored().support_email) == (["de", "en"], None)
    form = browser.get("/staff/brand/contact").forms["contact"]
    for box in form.fields["checkbox"]:
        box.checked = False
    assert "Wählen Sie mindestens eine." in form.submit("save", status=400), "German is the first language now"


def test_company(office: Any, stored: Any) -> None:
    form = office().get("/staff/brand/company").forms["company"]
    form["iban"], form["bic"], form["vat_number"] = "de89 3704 0044 0532 0130 00", "cobadeff", "DE136695976"
    form["address_line1"], form["city"], form["country"] = "Am Markt 1", "Bremen", "DE"
    form.submit("save").follow()
    now = stored()
    assert (now.iban, now.bic, now.city) == ("DE89370400440532013000", "COBADEFF", "Bremen")


@pytest.mark.parametrize("typed", ["136 695 976", "de 136.695.976"])
def test_a_vat_number_is_kept_in_its_usual_form(office: Any, stored: Any, typed: str) -> None:
    form = office().get("/staff/brand/company").forms["company"]
    form["vat_number"], form["country"] = typed, "DE"
    form.submit("save").follow()
    assert stored().vat_number == "DE136695976"


def test_what_was_stored_otherwise_stops_nobody(
    office: Any, make: Any, stored: Any, database: Any, tenant: Any
) -> None:
    """The loader allows what no form would: it stays as long as it isn't touched."""
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        row = db.get_one(Tenant, tenant.id)
        row.phone, row.time_zone, row.country = "ask for Bea", "Asia/Calcutta", "XK"
    for page, field, value in (("contact", "sender_name", "New"), ("company", "legal_name", "New GmbH")):
        form = office().get(PAGES[page]).forms[page]
        form[field] = value
        form.submit("save").follow()
    assert (stored().phone, stored().time_zone, stored().country) == ("ask for Bea", "Asia/Calcutta", "XK")
    assert stored().legal_name == "New GmbH"


def test_two_who_write_at_once(office: Any, stored: Any) -> None:
    browser = office()
    old, new = (browser.get("/staff/brand").forms["brand"] for _turn in range(2))
    new["name"] = "First"
    new.submit("save").follow()
    old["accent"] = "#a0271d"
    page = old.submit("save", status=400)
    assert "Somebody else has changed this" in page and stored().name == "First"
    page.forms["brand"].submit("save").follow()
    assert (stored().name, stored().accent) == ("Alder Hosting", "#a0271d"), "sent again, it means it"


def test_a_logo_comes_and_goes(office: Any, stored: Any, audited: Any, testapp: Any) -> None:
    browser = office()
    form = browser.get("/staff/brand").forms["picture"]
    form["logo"] = Upload("../../evil.svg", png(extra=chunk(b"tEXt", b"Comment\0" + SCRIPT.encode())), "text/html")
    page = form.submit("save").follow()
    assert stored().logo_media_type == "image/png"
    picture = testapp.get(page.html.select_one(".logo-shown img")["src"])
    assert picture.content_type == "image/png" and SCRIPT.encode() not in picture.body
    assert picture.headers["Content-Disposition"].startswith("attachment")
    remove = next(form for form in page.forms.values() if form.action.endswith("/logo/remove"))
    page = remove.submit().follow()
    assert stored().logo_sha256 is None and "first letter" in page
    assert [data for _code, data in audited()] == [{"fields": ["logo"]}] * 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("logo.png", b"<!doctype html><script>alert(1)</script>"),
        ("logo.png", png(60_000, 1)),
        ("logo.png", b""),
        ("logo.png", png()[:50]),
        ("logo.webp", b"RIFF" + bytes(4) + b"WEBPVP8L" + bytes(4) + b"\x2f" + bytes(30)),
    ],
)
def test_what_is_no_logo(office: Any, stored: Any, audited: Any, name: str, content: bytes) -> None:
    form = office().get("/staff/brand").forms["picture"]
    form["logo"] = Upload(name, content, "image/png")
    page = form.submit("save", status=400)
    assert page.html.select_one("#picture-logo-problem") is not None
    assert stored().logo_sha256 is None and audited() == []


def test_texts_in_the_place_of_a_picture(office: Any) -> None:
    browser = office()
    token = browser.get("/staff/brand").forms["picture"]["csrf_token"].value
    browser.post("/staff/brand/logo", {"csrf_token": token, "logo": "text"}, status=400)
    browser.post("/staff/brand/logo", {"csrf_token": token}, status=400)
    browser.post("/staff/brand/logo/remove", {"csrf_token": "0" * 64}, status=400)


@pytest.mark.parametrize("role", ["billing", "support", "read_only"])
def test_others_don_t_come_here(office: Any, make: Any, tenant: Any, role: str) -> None:
    browser = office(make.staff(tenant, "other@alder.test", role))
    token = browser.get("/staff").html.select_one("input[name=csrf_token]")["value"]
    for path in (*PAGES.values(), "/staff/brand/preview.css"):
        browser.get(path, status=403)
    for path in (*PAGES.values(), "/staff/brand/logo", "/staff/brand/logo/remove"):
        browser.post(path, {"csrf_token": token}, status=403)


def test_bank_details_want_a_proof(office: Any, clock: Any) -> None:
    browser = office()
    clock.advance(hours=1)
    for page in ("contact", "company"):
        assert "/staff/confirm?next=" in browser.get(PAGES[page], status=303).location
    assert browser.get("/staff/brand").status_int == 200
