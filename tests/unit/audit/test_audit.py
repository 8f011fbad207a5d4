"""Audit entries: written with the act, kept as they are, shown to whom they belong."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from riskportal.audit.models import AuditEntry
from riskportal.audit.request import actor, audit
from riskportal.audit.services import SYSTEM, Actor, entries, erase_actor, record
from riskportal.contracts.records import RecordRef
from riskportal.db.guard import Scope

ADA = Actor("user", 7, "Ada")


def write(database, tenant, code="test.done", **options):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        return record(db, code, **{"actor": ADA, "ip": "203.0.113.9", **options})


def test_an_entry_says_who_when_and_what(database, tenant, clock):
    ref = RecordRef("billing.invoice", "abc")
    data = {"amount": Decimal("12.50"), "on": date(2027, 5, 12), "lines": [1, None, True]}
    write(database, tenant, ref=ref, data=data, request_id="r1")
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        entry = entries(db).entries[0]
    assert (entry.at, entry.actor_kind, entry.actor_id, entry.actor_name) == (clock.now(), "user", 7, "Ada")
    assert (entry.record_kind, entry.record_id, entry.ip, entry.request_id) == (
        "billing.invoice",
        "abc",
        "203.0.113.9",
        "r1",
    )
    assert entry.data == {"amount": "12.50", "on": "2027-05-12", "lines": [1, None, True]}


def test_control_characters_stay_in_data_and_leave_names(database, tenant):
    odd = "line\r\nforged\x00\x1b[31m\ud800"
    write(database, tenant, actor=Actor("user", 1, odd + "x" * 300), data={"text": odd}, request_id=odd)
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        entry = entries(db).entries[0]
    assert entry.data == {"text": odd}
    assert entry.actor_name.startswith("line??forged??[31m?x") and len(entry.actor_name) == 200
    assert entry.request_id == "line??forged??[31m?"


def test_data_is_plain(database, tenant):
    for wrong in (1.5, object(), b"bytes"):
        with pytest.raises(TypeError, match="audit data can't hold"):
            write(database, tenant, data={"x": wrong})
    with pytest.raises(ValueError, match="actor kind"):
        Actor("robot")


CHANGES = {
    "code": "test.forged",
    "data": {"a": 2},
    "actor_id": 8,
    "actor_name": "Eve",
    "ip": "198.51.100.1",
    "bill_group_id": None,
}


@pytest.mark.parametrize("column", sorted(CHANGES))
def test_the_database_refuses_a_change(database, tenant, bill_group, column):
    write(database, tenant, data={"a": 1}, bill_group_id=bill_group.id)
    with pytest.raises(IntegrityError, match="audit entr"), database.session(Scope.system_wide("t")) as db:
        db.execute(update(AuditEntry).values({column: CHANGES[column]}))


def test_the_database_refuses_a_deletion(database, tenant):
    write(database, tenant)
    with pytest.raises(IntegrityError, match="append-only"), database.session(Scope.system_wide("t")) as db:
        db.execute(delete(AuditEntry))


def test_personal_data_can_be_erased_and_never_comes_back(database, tenant):
    write(database, tenant)
    write(database, tenant, actor=Actor("user", 8, "Bob"))
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert erase_actor(db, 7) == 1
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        rows = db.execute(select(AuditEntry.actor_name, AuditEntry.ip).order_by(AuditEntry.id)).all()
    assert rows == [("", None), ("Bob", "203.0.113.9")]
    with pytest.raises(IntegrityError), database.session(Scope.tenant_wide(tenant.id)) as db:
        db.execute(update(AuditEntry).where(AuditEntry.actor_id == 7).values(actor_name="Ada"))


def test_pages_are_newest_first_and_complete(database, tenant, clock):
    # Equal instants and an imported older entry: the order is by time, then by writing.
    for number in range(7):
        write(database, tenant, data={"n": number}, at=clock.now() - timedelta(hours=1) * (number == 5))
        clock.advance(seconds=number % 2)
    seen, cursor, pages = [], None, 0
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        while pages == 0 or cursor:
            page = entries(db, after=cursor, limit=3)
            seen += [entry.data["n"] for entry in page.entries]
            cursor, pages = page.next, pages + 1
        assert entries(db, after="nosuchcursor", limit=3).entries == entries(db, limit=3).entries
    assert (pages, seen) == (3, [6, 4, 3, 2, 1, 0, 5])


def test_filters(database, tenant, bill_group, clock):
    ref = RecordRef("billing.invoice", "abc")
    write(database, tenant, "test.a", ref=ref)
    clock.advance(days=1)
    write(database, tenant, "test.b", actor=SYSTEM, bill_group_id=bill_group.id)
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:

        def codes(**chosen):
            return [entry.code for entry in entries(db, **chosen).entries]

        assert codes() == ["test.b", "test.a"]
        assert codes(codes=["test.a"]) == codes(ref=ref) == codes(actor_id=7) == ["test.a"]
        assert codes(bill_group_id=bill_group.id) == codes(since=clock.now()) == ["test.b"]
        assert codes(until=clock.now()) == ["test.a"]


def test_a_portal_session_sees_its_bill_group_only(database, tenant, other_tenant, bill_group, other_bill_group):
    write(database, tenant, "test.tenant")
    foreign = write(database, tenant, "test.theirs", bill_group_id=other_bill_group.id)
    write(database, other_tenant, "test.elsewhere")
    with database.session(Scope.bill_group(tenant.id, bill_group.id)) as db:
        entry = record(db, "test.mine", actor=ADA)
        db.flush()
        assert entry.bill_group_id == bill_group.id
    with database.session(Scope.bill_group(tenant.id, bill_group.id), write=False) as db:
        assert [entry.code for entry in entries(db).entries] == ["test.mine"]
        assert entries(db, bill_group_id=other_bill_group.id).entries == ()
        # Another's cursor tells nothing: it counts as unknown.
        assert len(entries(db, after=foreign.public_id).entries) == 1
    with database.session(Scope.tenant(tenant.id), write=False) as db:
        assert [entry.code for entry in entries(db).entries] == ["test.tenant"]


def test_a_rolled_back_act_leaves_no_entry(database, tenant):
    with pytest.raises(RuntimeError), database.session(Scope.tenant_wide(tenant.id)) as db:
        record(db, "test.done", actor=ADA)
        db.flush()
        raise RuntimeError("business failed")
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        assert entries(db).entries == ()


@pytest.mark.parametrize(
    ("path", "user", "expected"),
    [
        ("/g/x/billing", SimpleNamespace(id=3, name="Ada", email="a@b.test"), Actor("user", 3, "Ada")),
        ("/staff/billing", SimpleNamespace(id=3, name="", email="a@b.test"), Actor("staff", 3, "a@b.test")),
        ("/staff", SimpleNamespace(id=3, name="Ada", email="a@b.test"), Actor("staff", 3, "Ada")),
        ("/staffx", SimpleNamespace(id=3, name="Ada", email="a@b.test"), Actor("user", 3, "Ada")),
        ("/sign-in", None, SYSTEM),
    ],
)
def test_a_requests_actor(path, user, expected):
    assert actor(SimpleNamespace(path_info=path, user=user)) == expected


def test_a_requests_entry(database, tenant, bill_group):
    with database.session(Scope.bill_group(tenant.id, bill_group.id)) as db:
        declared = SimpleNamespace(portal=SimpleNamespace(seam=SimpleNamespace(audit_events={"test.done": None})))
        request = SimpleNamespace(db=db, actor=ADA, bill_group=bill_group, remote_addr="203.0.113.9", request_id="r1")
        request.registry = declared
        entry = audit(request, "test.done", record=RecordRef("billing.invoice", "abc"), amount=3)
        assert (entry.record_id, entry.bill_group_id, entry.data) == ("abc", bill_group.id, {"amount": 3})
        with pytest.raises(LookupError, match="declare it"):
            audit(request, "test.undeclared")
