"""Customers in the console: added, changed, archived, by those who may; their notes stay with the staff."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from console_steps import HOSTILE, audited, cells, press, stored, submit
from sqlalchemy import func, select

from riskportal.audit.models import AuditEntry
from riskportal.customers.models import Customer, StaffNote
from riskportal.db.guard import Scope

READERS, WRITERS = ("billing", "support", "read_only", "owner"), ("billing", "support", "owner")


def count(database: Any, model: Any) -> int:
    with database.session(Scope.system_wide("test"), write=False) as db:
        return db.scalar(select(func.count()).select_from(model))


def add(browser: Any, name: str = "Lantern Press", **values: Any) -> Any:
    return submit(browser.get("/staff/customers/new"), "customer", name=name, **values)


def test_a_customer_is_added_and_its_bill_group_comes_next(colleague: Any, database: Any, tenant: Any) -> None:
    browser = colleague("support")
    page = browser.get("/staff/customers").click("New customer", index=0)
    assert page.forms["customer"]["number"].value == "10001"
    after = submit(page, "customer", name=" Lantern  Press ", legal_name="")
    assert after.location.endswith("/bill-groups")
    next_form = after.follow()
    assert "Lantern  Press is added as customer 10001." in next_form.text
    assert next_form.forms["bill-group"]["name"].value == "Lantern  Press"
    customer = browser.get("/staff/customers").click("Lantern")
    assert "Lantern  Press, customer since 20 Apr 2027" in customer.text
    assert "No bill group yet" in customer.text
    assert audited(database, tenant, "core.customer_added") == [{"name": "Lantern  Press", "number": "10001"}]


def test_the_number_suggested_is_the_one_after_the_newest(colleague: Any, make: Any, tenant: Any) -> None:
    browser = colleague()

    def suggested() -> str:
        return str(browser.get("/staff/customers/new").forms["customer"]["number"].value)

    for number, wanted in (("K-0041", "K-0042"), ("99", "100"), ("no digits", "100"), ("2027/009", "2027/010")):
        make.customer(tenant, number=number)
        assert suggested() == wanted
    make.customer(tenant, number="2027/012")
    make.customer(tenant, number="2027/011")
    assert suggested() == "2027/013"


def test_a_number_is_given_once(colleague: Any, customer: Any, database: Any) -> None:
    page = submit(
        colleague().get("/staff/customers/new"), "customer", 400, name="Lantern Press", number=customer.number
    )
    problem = page.html.find(id="customer-number-problem")
    assert f"The customer {customer.name} has this number" in problem.text
    assert page.forms["customer"]["name"].value == "Lantern Press"
    assert count(database, Customer) == 1


def test_two_colleagues_with_the_same_suggestion_both_get_a_number(colleague: Any, database: Any) -> None:
    first, second = (colleague(role).get("/staff/customers/new") for role in ("support", "billing"))
    assert first.forms["customer"]["number"].value == second.forms["customer"]["number"].value == "10001"
    submit(first, "customer", name="One")
    assert "as customer 10002" in submit(second, "customer", name="Two").follow().text
    assert count(database, Customer) == 2


def test_no_number_means_the_next_one(colleague: Any) -> None:
    browser = colleague()
    add(browser, "One", number="")
    add(browser, "Two", number="")
    assert sorted(cells(browser.get("/staff/customers"), 1)) == ["10001", "10002"]


def test_a_form_sent_twice_adds_one_customer(colleague: Any, database: Any, tenant: Any) -> None:
    page = colleague().get("/staff/customers/new")
    first, second = submit(page, "customer", name="Once"), submit(page, "customer", name="Once")
    assert first.location == second.location
    assert count(database, Customer) == 1
    assert len(audited(database, tenant, "core.customer_added")) == 1
    # What was typed the second time is not lost without a word.
    page.forms["customer"]["name"] = "Twice"
    assert (
        "was sent before and added Once. What you sent now was not saved" in page.forms["customer"].submit().follow()
    )
    # Another form is another customer.
    add(colleague(), "Once")
    assert count(database, Customer) == 2


@pytest.mark.parametrize("ticket", ["", "x", "b" * 20, "b" * 20 + "." + "0" * 32, HOSTILE[0]])
def test_nobody_chooses_a_public_id(colleague: Any, database: Any, ticket: str) -> None:
    page = colleague().get("/staff/customers/new")
    page.forms["customer"]["once"].force_value(ticket)
    submit(page, "customer", name="Once")
    with database.session(Scope.system_wide("test"), write=False) as db:
        (row,) = db.scalars(select(Customer))
        assert row.public_id != "b" * 20


def test_a_ticket_of_a_colleague_is_worth_nothing(colleague: Any, database: Any) -> None:
    page, other = colleague("support").get("/staff/customers/new"), colleague("billing").get("/staff/customers/new")
    other.forms["customer"]["once"].force_value(page.forms["customer"]["once"].value)
    assert submit(page, "customer", name="One").location != submit(other, "customer", name="Two").location
    assert count(database, Customer) == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_kept_and_shown_as_text(colleague: Any, text: str) -> None:
    browser = colleague()
    add(browser, text, legal_name=text, number="N-1")
    page = browser.get("/staff/customers")
    assert cells(page) == [unicodedata.normalize("NFC", text)]
    assert "<script>alert" not in page.text
    found = browser.get(page.html.find("a", attrs={"data-open": True})["href"])
    assert "<script>alert" not in found.text
    assert "<img src=x" not in found.text
    assert cells(browser.get("/staff/customers", {"q": text[:150]})) == cells(page)
    assert browser.get("/staff/search", {"q": text[:150]}).status_int == 200


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "Please fill this in."),
        ("name", "x" * 10_000, "Write at most 200 characters."),
        ("legal_name", "x" * 201, "Write at most 200 characters."),
        ("number", "9" * 41, "Write at most 40 characters."),
        ("name", "a\u202ebc", "a character that can't be used here"),
        ("number", "1\n2", "a character that can't be used here"),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_what_is_wrong_stands_beside_the_field(
    colleague: Any, database: Any, field: str, value: str, says: str
) -> None:
    page = colleague().get("/staff/customers/new")
    values = {"name": "Lantern", "legal_name": "Lantern Ltd", field: value}
    again = submit(page, "customer", 400, **values)
    assert says in again.html.find(id=f"customer-{field}-problem").text
    assert again.html.find(class_="summary").find("a", href=f"#customer-{field}")
    assert all(again.forms["customer"][name].value == typed for name, typed in values.items() if name != field)
    assert count(database, Customer) == 0


def test_names_and_number_are_changed_and_noted(colleague: Any, customer: Any, database: Any, tenant: Any) -> None:
    path = f"/staff/customers/{customer.public_id}"
    page = colleague().get(path).click("Edit")
    after = submit(page, "customer", name="Northwind Works", number="N-77").follow()
    assert "The changes are saved." in after.text
    assert "Northwind Works" in after.html.find("h1").text
    assert audited(database, tenant, "core.customer_changed") == [
        {"name": "Northwind Works", "fields": ["name", "number"]}
    ]
    history = colleague().get(f"{path}?tab=core.history")
    assert "Northwind Works was changed: Name, Customer number" in history.text
    # Nothing changed, nothing noted.
    submit(colleague().get(f"{path}/edit"), "customer")
    assert len(audited(database, tenant, "core.customer_changed")) == 1


def test_a_changed_number_must_be_free(colleague: Any, customer: Any, make: Any, tenant: Any) -> None:
    other = make.customer(tenant)
    page = submit(
        colleague().get(f"/staff/customers/{customer.public_id}/edit"), "customer", 400, number=other.number
    )
    assert other.name in page.html.find(id="customer-number-problem").text


def test_archived_only_without_an_active_bill_group(
    colleague: Any, customer: Any, bill_group: Any, database: Any, tenant: Any
) -> None:
    browser = colleague()
    path = f"/staff/customers/{customer.public_id}"
    page = browser.get(path)
    token = page.html.find("input", {"name": "csrf_token"})["value"]
    # From a page that was open before the bill group was.
    refused = browser.post(f"{path}/archive", {"csrf_token": token}, status=409)
    assert "1 bill group is still active. Close it first." in refused.text
    assert stored(database, customer).archived_at is None
    press(browser.get(f"/staff/bill-groups/{bill_group.public_id}"), "/close")
    done = press(browser.get(path), "/archive").follow()
    assert "is archived" in done.text
    assert customer.name not in browser.get("/staff/customers").html.main.text
    assert cells(browser.get("/staff/customers?state=archived")) == [customer.name]
    assert "New bill group" not in done.html.main.text
    # A form that was open all along comes too late.
    late = browser.get(f"{path}/bill-groups")
    assert "The customer is archived" in submit(late, "bill-group", 400, name="Late").text
    press(done, "/restore").follow()
    assert stored(database, customer).archived_at is None
    assert [len(audited(database, tenant, f"core.customer_{what}")) for what in ("archived", "restored")] == [1, 1]


def test_what_has_to_be_closed_first_is_said_before(colleague: Any, customer: Any, make: Any) -> None:
    browser, path = colleague(), f"/staff/customers/{customer.public_id}"
    assert f'action="{path}/archive"' in browser.get(path)
    group = make.bill_group(customer, name="Workshop")
    page = browser.get(path)
    assert f'action="{path}/archive"' not in page
    (link,) = page.html.select(".sure .panel a")
    assert link["href"].endswith(f"/staff/bill-groups/{group.public_id}") and link.get_text() == "Workshop"


def test_archiving_twice_is_archiving_once(colleague: Any, customer: Any, database: Any, tenant: Any) -> None:
    page = colleague().get(f"/staff/customers/{customer.public_id}")
    press(page, "/archive")
    press(page, "/archive")
    assert len(audited(database, tenant, "core.customer_archived")) == 1


@pytest.mark.parametrize("role", READERS)
def test_who_may_do_what(colleague: Any, customer: Any, role: str) -> None:
    browser, path = colleague(role), f"/staff/customers/{customer.public_id}"
    page = browser.get(path)
    may = role in WRITERS
    assert ("Edit" in page.html.main.text, "New note" in browser.get(f"{path}?tab=core.notes").text) == (may, may)
    assert ("New customer" in browser.get("/staff/customers").html.main.text) == may
    token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
    for what in ("edit", "archive", "restore", "notes", "bill-groups"):
        answer = browser.post(f"{path}/{what}", {"csrf_token": token}, status="*")
        assert (answer.status_int == 403) == (not may), what
    browser.get("/staff/customers/new", status=200 if may else 403)


def test_another_providers_customers_are_not_there(
    colleague: Any, stranger: Any, customer: Any, database: Any
) -> None:
    path = f"/staff/customers/{customer.public_id}"
    absent = stranger.get(f"/staff/customers/{'z' * 20}", status=404)
    assert stranger.get(path, status=404).html.h1 == absent.html.h1
    token = stranger.get("/staff").html.find("input", attrs={"name": "csrf_token"})["value"]
    for what in ("archive", "restore", "edit", "notes", "bill-groups"):
        stranger.post(f"{path}/{what}", {"csrf_token": token, "text": "x"}, status=404)
    assert "No customers yet" in stranger.get("/staff/customers").text
    assert customer.name not in stranger.get("/staff/search", {"q": customer.name}).html.main.find(
        class_="card"
    ).text.replace(f"“{customer.name}”", "")
    assert count(database, StaffNote) == 0


def write(browser: Any, path: str, text: str, **values: Any) -> Any:
    return submit(browser.get(f"{path}?tab=core.notes"), "note", text=text, **values).follow()


def test_notes_are_written_pinned_and_deleted_by_their_author(
    colleague: Any, customer: Any, bill_group: Any, database: Any
) -> None:
    path = f"/staff/customers/{customer.public_id}"
    page = write(colleague("support"), path, "Likes  to be\ncalled <b>early</b>")
    assert "The note is saved." in page.text
    assert "called &lt;b&gt;early&lt;/b&gt;" in page.text
    assert "Sam Support" in page.html.find(class_="notes").text
    write(colleague("billing"), f"/staff/bill-groups/{bill_group.public_id}", "Pays by transfer")
    page = colleague("billing").get(f"{path}?tab=core.notes")
    assert [note.find("p").text[:5] for note in page.html.select(".notes > li")] == ["Pays ", "Likes"]
    assert page.html.find(class_="notes").find("a").text == bill_group.name
    # Pinned, it stands first, and on the overview.
    support = colleague("support").get(f"{path}?tab=core.notes")
    form = next(f for f in support.forms.values() if "/notes/" in f.action and "delete" in _acts(f))
    pinned = form.submit("act", value="pin").follow()
    assert pinned.html.select_one(".notes > li")["class"] == ["pinned"]
    assert "Likes" in colleague("read_only").get(path).html.find(id="pinned").text
    # Only its author deletes it.
    others = colleague("billing")
    assert "delete" not in _acts(
        next(f for f in others.get(path + "?tab=core.notes").forms.values() if f.action == form.action)
    )
    token = others.get(path).html.find("input", attrs={"name": "csrf_token"})["value"]
    refused = others.post(form.action, {"csrf_token": token, "act": "delete"})
    assert "Only Sam Support can delete this note." in refused.follow().text
    gone = form.submit("act", value="delete").follow()
    assert "The note is deleted." in gone.text
    assert count(database, StaffNote) == 1


def _acts(form: Any) -> list[str]:
    """What a note's buttons do."""
    return [field.value_if_submitted() for field in form.fields.get("act", [])]


def test_a_note_sent_twice_is_one_note(colleague: Any, customer: Any, database: Any) -> None:
    page = colleague().get(f"/staff/customers/{customer.public_id}?tab=core.notes")
    for _ in range(2):
        submit(page, "note", text="Once")
    assert count(database, StaffNote) == 1


@pytest.mark.parametrize(
    ("text", "says"), [("", "fill this in"), ("x" * 10_001, "at most 10,000"), ("a\u202eb", "can't be used")]
)
def test_a_note_that_cannot_be_kept_comes_back(colleague: Any, customer: Any, text: str, says: str) -> None:
    page = submit(colleague().get(f"/staff/customers/{customer.public_id}?tab=core.notes"), "note", 400, text=text)
    assert says in page.html.find(id="note-text-problem").text
    assert page.forms["note"]["text"].value == text
    assert page.html.find("nav", class_="sections").find("a", attrs={"aria-current": "page"}).text.startswith("Notes")


def test_a_note_of_another_customer_is_not_there(
    colleague: Any, customer: Any, make: Any, tenant: Any, database: Any
) -> None:
    other = make.customer(tenant)
    browser = colleague()
    page = write(browser, f"/staff/customers/{other.public_id}", "Theirs")
    address = next(form.action for form in page.forms.values() if "/notes/" in form.action)
    token = page.html.find("input", attrs={"name": "csrf_token"})["value"]
    wrong = address.replace(other.public_id, customer.public_id)
    browser.post(wrong, {"csrf_token": token, "act": "delete"}, status=404)
    browser.post(address, {"csrf_token": token, "act": "burn"}, status=400)
    assert count(database, StaffNote) == 1


SECRET = "NEVER-FOR-CUSTOMERS"


def test_customers_never_see_notes(
    colleague: Any,
    customer: Any,
    bill_group: Any,
    user: Any,
    testapp: Any,
    signed_in: Any,
    run_jobs: Any,
    outbox: Any,
) -> None:
    """Attack D11: not on any page of the portal, in its search, its history, its mails, nor in a preview of it."""
    staff = colleague()
    write(staff, f"/staff/customers/{customer.public_id}", f"{SECRET} customer", pinned=True)
    write(staff, f"/staff/bill-groups/{bill_group.public_id}", f"{SECRET} group", pinned=True)
    visitor = signed_in(testapp, user)
    home = f"/g/{bill_group.public_id}/"
    assert "Nothing matches" in visitor.get(f"{home}search", {"q": SECRET}).text
    seen, waiting = set(), [home, f"{home}search?q=note"]
    while waiting:
        path = waiting.pop()
        if path in seen or len(seen) > 80:
            continue
        seen.add(path)
        page = visitor.get(path, status="*")
        body = page.body.decode("utf-8", "replace")
        assert SECRET not in body, path
        assert "Sam Owner" not in body, path
        if page.content_type == "text/html":
            links = [link["href"] for link in page.html.find_all("a", href=True)]
            waiting += [link for link in links if link.startswith(home)]
    assert len(seen) > 8
    run_jobs()
    assert not any(SECRET in str(mail) for mail in outbox())


def test_notes_belong_to_no_bill_group_in_the_audit_log(
    colleague: Any, customer: Any, bill_group: Any, database: Any, tenant: Any
) -> None:
    """What belongs to a bill group its people may come to see; the text of a note is in no entry at all."""
    write(colleague(), f"/staff/bill-groups/{bill_group.public_id}", SECRET)
    assert audited(database, tenant, "core.note_added") == [{}]
    with database.session(Scope.bill_group(tenant.id, bill_group.id), write=False) as db:
        assert not [entry for entry in db.scalars(select(AuditEntry)) if "note" in entry.code]


def test_pages_cost_few_statements(colleague: Any, customer: Any, bill_group: Any, sql_count: Any) -> None:
    browser, path = colleague(), f"/staff/customers/{customer.public_id}"
    browser.get(path)
    # tenant, session, staff, record, bill groups, count of notes, then the tabs' own: counts of both modules, notes;
    # the history asks for the record's entries and its bill groups' apart, so that an index answers each.
    for address, most in ((path, 9), (f"{path}?tab=core.notes", 10), (f"{path}?tab=core.history", 11)):
        with sql_count() as sql:
            browser.get(address)
        assert len(sql) <= most, f"{address}: {len(sql)}\n{sql}"
