"""The audit log: read, filtered, paged, exported, and harmless whatever stands in it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from riskportal.audit.models import AuditEntry
from riskportal.audit.services import Actor, record
from riskportal.contracts.records import RecordRef
from riskportal.db.guard import Scope
from riskportal.identity.api_tokens import create_api_token
from riskportal.identity.models import StaffMember

EVIL = "\r\nFORGED\x1b[31m red \u202egnp.exe <script>alert(1)</script> '\"\x00"


@pytest.fixture
def boss(make: Any, tenant: Any) -> Any:
    return make.staff(tenant, "boss@alder.test", name="Bea Boss")


@pytest.fixture
def office(browser: Any, signed_in: Any, boss: Any) -> Any:
    return lambda user=boss: signed_in(browser(), user, kind="staff")


@pytest.fixture
def write(database: Any, tenant: Any) -> Any:
    """`write(code, who, at=..., **data)`: an entry of this tenant."""

    def note(
        code: str = "core.signed_in", actor: Actor | None = None, of: Any = tenant, at: Any = None, **options: Any
    ) -> None:
        keys = ("ref", "bill_group_id", "ip", "request_id")
        named = {key: options.pop(key) for key in keys if key in options}
        with database.session(Scope.tenant_wide(of.id)) as db:
            record(db, code, actor=actor or Actor("system"), at=at, data=options, **named)

    return note


def texts(page: Any) -> list[str]:
    """What happened, line by line."""
    return [found.get_text() for found in page.html.select("table.log tbody strong")]


def test_a_line_says_who_what_when_and_about_what(
    office: Any, write: Any, bill_group: Any, user: Any, sql_count: Any
) -> None:
    ref = RecordRef("core.bill_group", bill_group.public_id)
    write(
        "core.signed_in", Actor("user", user.id, "Ada"), ref=ref, bill_group_id=bill_group.id, email=user.email,
        ip="203.0.113.7", request_id="abc123",
    )  # fmt: skip
    browser = office()
    page = browser.get("/staff/audit")
    assert texts(page) == ["ada@customer.test signed in"]
    for word in ("Ada", "203.0.113.7", "Northwind Atelier", "20 Apr 2027, 11:00", "Signed in"):
        assert word in page
    # Nothing to unfold but a request's id: it stands in the file, and beside what changed.
    assert page.html.select_one("table.log details") is None
    for _number in range(40):
        write("core.signed_in", Actor("user", user.id, "Ada"), bill_group_id=bill_group.id, email=user.email)
    with sql_count() as sql:
        browser.get("/staff/audit")
    assert len(sql) <= 9, sql


def test_a_page_that_names_many_records_loads_them_by_kind(
    office: Any, write: Any, make: Any, tenant: Any, sql_count: Any
) -> None:
    browser = office()
    browser.get("/staff/audit")

    def name(count: int) -> None:
        for number in range(count):
            customer = make.customer(tenant, name=f"Firm {make.number()}")
            user, staff = (make.user(tenant, f"{make.number()}@x.test") for _turn in range(2))
            make.save(StaffMember(tenant_id=tenant.id, user_id=staff.id, role="support"))
            for kind, row in (("customer", customer), ("user", user), ("staff_member", staff)):
                write(email="x", ref=RecordRef(f"core.{kind}", row.public_id))
            write(email="x", ref=RecordRef("core.customer", f"gone{number}"))

    counts = []
    for more in (1, 11):
        name(more)
        with sql_count() as sql:
            page = browser.get("/staff/audit")
        counts.append(len(sql))
    assert counts[0] == counts[1] <= 11, sql
    assert len(page.html.select("table.log a[href*='/staff/customers/']")) == 12
    assert "Customer, no longer there" in page


RIGHTS = {"role": "viewer", "permissions": [], "limited_to": None, "until": None}


def test_rights_in_the_readers_language_and_the_providers_zone(
    office: Any, write: Any, make: Any, bill_group: Any, browser: Any, signed_in: Any, tenant: Any
) -> None:
    models = pytest.importorskip("riskportal_services.models")
    area = make.save(models.ServiceArea(tenant_id=tenant.id, name="Web"))
    project = {"tenant_id": tenant.id, "bill_group_id": bill_group.id, "area_id": area.id, "state": "active"}
    shop = make.save(models.Project(**project, name="Shop"))
    # The last moment of the year in Berlin.
    until = datetime(2027, 12, 31, 23, 0, tzinfo=UTC)
    limits = [["services.project", shop.public_id], ["services.service", "gone"], ["acme.site", "x\u202e"]]
    write("core.person_invited", email="ida@n.test", rights={**RIGHTS, "until": until})
    write(
        "core.person_changed",
        email="ida@n.test",
        old={**RIGHTS, "role": None, "permissions": ["core.details.write", "acme.gone.do"]},
        rights={**RIGHTS, "limited_to": limits},
    )
    write("core.rule_changed", rule="n.test", old=RIGHTS, new={**RIGHTS, "role": "owner", "until": until})
    # As it was written before.
    write("core.person_invited", email="bob@n.test", rights="viewer; until 2027-12-31T23:00:00+00:00")
    english = [
        "bob@n.test was invited: viewer; until 2027-12-31T23:00:00+00:00",
        "n.test: “Viewer” became “Owner, until 31 Dec 2027”",
        "ida@n.test: “Change details and contacts, acme.gone.do” became “Viewer, only "
        "Project “Shop”, Service “gone”, x⟨U+202E⟩”",
        "ida@n.test was invited: Viewer, until 31 Dec 2027",
    ]
    reader = office()
    assert texts(reader.get("/staff/audit")) == english
    rows = read(reader.post("/staff/audit/export", {"csrf_token": token(reader)}))
    assert [row[3] for row in rows[1:]] == english
    german = signed_in(browser(), make.staff(tenant, "de@alder.test", language="de"), kind="staff")
    found = texts(german.get("/staff/audit", {"code": "core.person_invited"}))
    assert found[1] == "ida@n.test wurde eingeladen: Betrachter, bis 31.12.2027"


def test_in_the_readers_language(office: Any, write: Any, boss: Any) -> None:
    write("core.staff_role_changed", Actor("staff", boss.id, "Bea"), email="x@y.test", role="support", former="owner")
    write("core.role_changed", Actor("staff", boss.id, "Bea"), role="viewer", given=["core.audit.read"], taken=[])
    assert texts(office().get("/staff/audit")) == [
        "What the role Viewer may do has changed. New: Read the audit log. No longer: –",
        "x@y.test works here as Support now; before as Owner",
    ]


def test_hostile_entries_stay_lines(office: Any, write: Any, bill_group: Any) -> None:
    """J3, H9: what somebody else wrote can't start a line, colour a terminal, turn the reading order, or run."""
    write("core.signed_in", Actor("user", 1, EVIL), email=EVIL, bill_group_id=bill_group.id)
    write("gone.module.event", Actor("job", name=EVIL), at_home=EVIL)
    changes = {"iban": ["DE1", EVIL], EVIL: ["a", ["b"]]}
    write("core.tenant_changed", fields=["iban"], changes=changes, request_id="abc123")
    browser = office()
    page = browser.get("/staff/audit")
    assert "<script>alert" not in page.text
    for sign in ("\x1b", "\u202e", "\x00"):
        assert sign not in page.text
    assert "␍␊FORGED␛[31m" in page.text and "⟨U+202E⟩" in page.text
    assert "gone.module.event" in page.text
    assert "abc123" in page.html.select_one("table.log details").text
    answer = browser.post("/staff/audit/export", {"csrf_token": token(browser)})
    rows = read(answer)
    assert len(rows) == 4, "head and three entries, one line each"
    assert "FORGED" in answer.text and "\x1b" not in answer.text


def token(browser: Any) -> str:
    value: str = browser.get("/staff/audit").html.select_one("input[name=csrf_token]")["value"]
    return value


def read(answer: Any) -> list[list[str]]:
    body = answer.body
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def test_filters(
    office: Any, write: Any, boss: Any, user: Any, bill_group: Any, other_bill_group: Any, customer: Any, clock: Any
) -> None:
    ada, bea = Actor("user", user.id, "Ada"), Actor("staff", boss.id, "Bea Boss")
    write(
        "core.signed_in", ada, email="one", bill_group_id=bill_group.id, at=datetime(2027, 4, 1, 21, 59, tzinfo=UTC)
    )
    # 22:00 UTC is midnight in Berlin: the second of April.
    write("core.signed_in", bea, email="two", at=datetime(2027, 4, 1, 22, 0, tzinfo=UTC))
    write("core.signed_out", ada, email="three", bill_group_id=other_bill_group.id)
    write("core.signed_out", Actor("system", name="riskportal load"), email="four")
    write("core.signed_out", bea, email="five", ref=RecordRef("core.customer", customer.public_id))
    browser = office()

    def found(**query: str) -> list[str]:
        return [text.split()[0] for text in texts(browser.get("/staff/audit", query))]

    assert found() == ["five", "four", "three", "two", "one"]
    assert found(code="core.signed_in") == ["two", "one"]
    assert found(who="ada") == ["three", "one"]
    assert found(who="BOSS@alder.test") == ["five", "two"]
    assert found(who="riskportal lo") == ["four"]
    assert found(who="%") == [] and found(who="nobody") == []
    assert found(account=customer.number) == ["five", "one"]
    assert found(account="southwind") == ["three"]
    assert found(account="no such customer") == []
    assert found(until="2027-04-01") == ["one"]
    assert found(since="2027-04-02", until="2027-04-02") == ["two"]
    assert found(since="2027-04-03") == ["five", "four", "three"]
    assert found(about=f"core.customer:{customer.public_id}") == ["five", "one"]
    assert found(about=f"core.bill_group:{bill_group.public_id}") == ["one"]
    assert found(about="core.customer:zzzz") == [] and found(about="nonsense") == []
    assert found(who="ada", code="core.signed_out") == ["three"]


@pytest.mark.parametrize(
    "day", ["yesterday", "2027-02-30", "0000-00-00", "99999-01-01", "2027-04-01T00:00", "٢٠٢٧-٠١-٠١"]
)
def test_days_that_are_none(office: Any, write: Any, day: str) -> None:
    write(email="one")
    for name in ("since", "until"):
        page = office().get("/staff/audit", {name: day})
        assert page.html.select_one(f"#f-{name}-problem").get_text(strip=True) == "Choose a date."
        assert page.html.select_one(f"#f-{name}")["value"] == day


@pytest.mark.parametrize(
    ("since", "until"), [("0001-01-01", "0001-01-01"), ("9999-12-31", "9999-12-31"), ("2027-04-02", "2027-04-01")]
)
def test_days_at_the_ends_of_time(office: Any, write: Any, since: str, until: str) -> None:
    write(email="one")
    page = office().get("/staff/audit", {"since": since, "until": until})
    assert texts(page) == []


def test_pages_lead_both_ways(office: Any, write: Any, clock: Any) -> None:
    start = clock.now()
    for number in range(120):
        write(email=f"n{number:03}", at=start + timedelta(seconds=number // 2))
    browser = office()
    seen, page = [], browser.get("/staff/audit?code=core.signed_in")
    pages = []
    while True:
        pages.append(texts(page))
        seen += texts(page)
        older = page.html.select_one("a[rel=next]")
        if older is None:
            break
        page = browser.get(older["href"])
    assert seen == [f"n{number:03} signed in" for number in reversed(range(120))]
    for wanted in reversed(pages[:-1]):
        page = browser.get(page.html.select_one("a[rel=prev]")["href"])
        assert texts(page) == wanted
    assert page.html.select_one("a[rel=prev]") is None
    assert len(texts(browser.get("/staff/audit?after=absent"))) == 50
    assert len(texts(browser.get("/staff/audit?before='--"))) == 50


def test_the_export_is_the_filter_and_an_act_of_its_own(
    office: Any, write: Any, boss: Any, bill_group: Any, database: Any, tenant: Any, other_tenant: Any, clock: Any
) -> None:
    for number in range(1203):
        write("core.signed_in", Actor("user", 1, "Ada"), email=f"n{number}", bill_group_id=bill_group.id)
    write("core.signed_out", email="other")
    write("core.signed_in", of=other_tenant, email="foreign")
    clock.advance(seconds=1)
    browser = office()
    page = browser.get("/staff/audit?code=core.signed_in&since=2027-04-01")
    answer = page.html.select_one("form[action*='/export']")
    answer = browser.post(answer["action"], {"csrf_token": token(browser)})
    assert answer.content_type == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit-2027-04-20.csv"'
    head, *rows = read(answer)
    assert head[:4] == ["Time", "Who", "Kind of actor", "What"]
    assert len(rows) == 1203
    assert rows[0][:8] == [
        "2027-04-20T11:00:00+02:00", "Ada", "user", "n1202 signed in", "Signed in", "core.signed_in",
        "Northwind Atelier", "Northwind Atelier",
    ]  # fmt: skip
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        last = db.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert last is not None and last.code == "core.audit_exported"
    assert last.data == {"filter": "code: core.signed_in, since: 2027-04-01"}
    assert last.actor_id == boss.id
    assert texts(browser.get("/staff/audit"))[0] == (
        "The audit log was exported: code: core.signed_in, since: 2027-04-01"
    )


FORMULAS = ["=1+1", "+49 40 1", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0", "＝1+1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_worked_out(office: Any, write: Any, text: str) -> None:
    """D13."""
    write("core.signed_in", Actor("user", 1, text), email=text, request_id=text)
    browser = office()
    _head, row = read(browser.post("/staff/audit/export", {"csrf_token": token(browser)}))
    assert row[1] == f"'{text}" and row[3] == f"'{text} signed in"
    assert not any(cell.startswith(("=", "+", "-", "@", "＝", "\t", "\r")) for cell in row)


def test_programs_act_under_their_keys_name(office: Any, database: Any, tenant: Any, write: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        row, _key = create_api_token(db, "Shop sync", [])
        db.flush()
        actor = Actor("program", row.id, row.name)
    write("core.signed_out", actor, email="x")
    page = office().get("/staff/audit?who=shop")
    assert texts(page) == ["x signed out"] and "API key Shop sync" in page


def test_an_erased_person(office: Any, write: Any) -> None:
    write("core.signed_in", Actor("user", 77, ""), email="x")
    assert "Erased person" in office().get("/staff/audit")


@pytest.mark.parametrize("role", ["billing", "support", "read_only"])
def test_who_may_read_and_export(office: Any, make: Any, tenant: Any, role: str, write: Any) -> None:
    write(email="one")
    browser = office(make.staff(tenant, "other@alder.test", role))
    page = browser.get("/staff/audit")
    assert page.html.select_one("form[action*='/export']") is None
    browser.post("/staff/audit/export", {"csrf_token": token(browser)}, status=403)


def test_an_export_wants_its_token(office: Any, write: Any) -> None:
    browser = office()
    browser.post("/staff/audit/export", {"csrf_token": "0" * 64}, status=400)
    browser.get("/staff/audit/export", status=404)
