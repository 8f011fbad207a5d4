"""Details and contacts in the database: what changes, what stays, two at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from riskportal.customers import contacts
from riskportal.customers.contacts import ContactRefused, add_contact, change_contact, remove_contact
from riskportal.customers.details import change_details, details_of
from riskportal.customers.models import BillGroup, Contact
from riskportal.customers.vat import VatWrong
from riskportal.db.changes import Change, Outdated, mark
from riskportal.db.guard import Scope
from riskportal.db.mixins import new_public_id
from riskportal.db.session import Database
from riskportal.tenancy.models import Tenant


@pytest.fixture
def group(db: Session, bill_group: BillGroup) -> BillGroup:
    """The bill group within the session."""
    return db.get_one(BillGroup, bill_group.id)


def test_changes_are_told_in_order_and_stored(db: Session, group: BillGroup) -> None:
    changes = change_details(
        db, group, {"po_number": "4500", "city": "Aarhus", "company_name": None, "country": "DK", "email": ""}
    )
    assert changes == (
        Change("city", None, "Aarhus"),
        Change("country", None, "DK"),
        Change("po_number", None, "4500"),
    )
    db.expire_all()
    assert (group.city, group.country, group.po_number, group.email) == ("Aarhus", "DK", "4500", None)
    assert change_details(db, group, details_of(group)) == ()
    assert change_details(db, group, {"city": None}) == (Change("city", "Aarhus", None),)


def test_a_company_name_stands_before_the_legal_name_and_is_found(db: Session, group: BillGroup) -> None:
    assert group.company == "Northwind Atelier GmbH"
    change_details(db, group, {"company_name": "Nordwind Ätelier"})
    assert group.company == "Nordwind Ätelier" and "nordwind atelier" in group.search_text
    change_details(db, group, {"company_name": None})
    assert group.company == "Northwind Atelier GmbH"


def test_a_vat_number_is_read_with_the_address_beside_it(db: Session, group: BillGroup) -> None:
    assert change_details(db, group, {"vat_number": "13 58 56 28", "country": "DK"})[1].new == "DK13585628"
    with pytest.raises(VatWrong):
        change_details(db, group, {"vat_number": "DK13585627"})
    db.rollback()


def test_an_old_number_that_is_wrong_stops_no_other_change(make: Any, customer: Any, database: Database) -> None:
    row = make.bill_group(customer, vat_number="DE1", phone="04131")
    with database.session(Scope.bill_group(row.tenant_id, row.id)) as db:
        group = db.get_one(BillGroup, row.id)
        assert change_details(db, group, {**details_of(group), "city": "Uelzen"}) == (Change("city", None, "Uelzen"),)
        assert group.vat_number == "DE1"


def test_unknown_fields_are_refused(db: Session, group: BillGroup) -> None:
    with pytest.raises(LookupError, match="portal_token"):
        change_details(db, group, {"portal_token": "x"})


def test_a_form_that_is_older_than_the_row_changes_nothing(db: Session, group: BillGroup) -> None:
    seen = mark(details_of(group))
    change_details(db, group, {"phone": "+45 86 12 34 56"}, seen=seen)
    with pytest.raises(Outdated) as refused:
        change_details(db, group, {"phone": None, "city": "Aarhus"}, seen=seen)
    assert refused.value.current["phone"] == "+45 86 12 34 56" and group.city is None
    # What isn't among the details may have changed: the form is still current.
    group.portal_enabled = False
    db.flush()
    change_details(db, group, {"city": "Aarhus"}, seen=refused.value.mark)


def test_of_two_forms_sent_at_once_one_is_outdated(database: Database, tenant: Tenant, bill_group: BillGroup) -> None:
    seen = mark(details_of(bill_group))

    def save(city: str) -> bool:
        with database.session(Scope.bill_group(tenant.id, bill_group.id)) as db:
            group = db.get_one(BillGroup, bill_group.id)
            try:
                return bool(change_details(db, group, {"city": city}, seen=seen))
            except Outdated:
                return False

    assert sorted(at_once([lambda: save("Aarhus"), lambda: save("Odense"), lambda: save("Vejle")])) == [
        False, False, True,
    ]  # fmt: skip


def test_one_billing_contact_however_many_ask(database: Database, tenant: Tenant, bill_group: BillGroup) -> None:
    def add(name: str) -> bool:
        with database.session(Scope.bill_group(tenant.id, bill_group.id)) as db:
            try:
                add_contact(
                    db, db.get_one(BillGroup, bill_group.id), "billing", {"name": name}, public_id=new_public_id()
                )
            except ContactRefused as refused:
                assert refused.reason == "taken"
                return False
            return True

    assert sorted(at_once([lambda name=name: add(name) for name in "abcd"])) == [False, False, False, True]
    with database.session(Scope.bill_group(tenant.id, bill_group.id)) as db:
        assert db.scalar(select(func.count()).select_from(Contact)) == 1


def test_contacts_are_added_changed_and_removed(db: Session, group: BillGroup) -> None:
    contact, changes = add_contact(
        db, group, "shipping", {"name": "Back door", "city": "Aarhus", "email": ""}, public_id=new_public_id()
    )
    assert changes == (Change("name", None, "Back door"), Change("city", None, "Aarhus"))
    seen = mark(contacts.contact_values(contact))
    assert change_contact(db, contact, {"name": "Front door"}, seen=seen) == (
        Change("name", "Back door", "Front door"),
    )
    with pytest.raises(Outdated):
        change_contact(db, contact, {"name": "Side door"}, seen=seen)
    assert contacts.contacts_of(db, group)["shipping"] == [contact]
    assert remove_contact(db, contact) == (Change("name", "Front door", None), Change("city", "Aarhus", None))
    for act in (lambda: remove_contact(db, contact), lambda: change_contact(db, contact, {"name": "x"})):
        with pytest.raises(ContactRefused, match="gone"):
            act()


def test_contacts_end_somewhere(db: Session, group: BillGroup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "MOST_CONTACTS", 2)
    add_contact(db, group, "other", {"name": "a"}, public_id=new_public_id())
    add_contact(db, group, "other", {"name": "b"}, public_id=new_public_id())
    with pytest.raises(ContactRefused, match="full"):
        add_contact(db, group, "other", {"name": "c"}, public_id=new_public_id())


def at_once(works: list[Callable[[], bool]]) -> list[bool]:
    """What the works give when they start at the same moment."""
    gate = Barrier(len(works))

    def run(work: Callable[[], bool]) -> bool:
        gate.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
