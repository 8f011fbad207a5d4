"""Enqueueing: atomic with the business, once per key, each tenant for itself."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from riskportal.db.guard import ForeignRow, Scope, ScopeMissing
from riskportal.jobs.models import DEAD, DONE, JobRow
from riskportal.jobs.services import NotDead, dead_letters, enqueue, prune, retry_dead
from riskportal.jobs.wake import new_bell


def count(database, tenant):
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        return db.scalar(select(func.count()).select_from(JobRow))


def test_a_job_is_there_after_the_commit_and_not_after_a_rollback(database, tenant):
    scope = Scope.tenant_wide(tenant.id)
    with database.session(scope) as db:
        assert enqueue(db, "test.work", {"a": 1}) is True
    with pytest.raises(RuntimeError), database.session(scope) as db:
        enqueue(db, "test.work")
        enqueue(db, "test.work", key="k")
        db.flush()
        raise RuntimeError("business failed")
    assert count(database, tenant) == 1


def test_a_key_is_taken_once_per_tenant_and_name(database, tenant, other_tenant):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert enqueue(db, "test.work", {"n": 1}, key="invoice 17")
        assert not enqueue(db, "test.work", {"n": 2}, key="invoice 17")
        assert enqueue(db, "test.other", key="invoice 17")
    with database.session(Scope.tenant_wide(other_tenant.id)) as db:
        assert enqueue(db, "test.work", key="invoice 17")
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert not enqueue(db, "test.work", {"n": 3}, key="invoice 17")
        assert [row.payload for row in db.scalars(select(JobRow).where(JobRow.name == "test.work"))] == [{"n": 1}]


def test_a_key_stays_taken_after_the_work_is_done_until_it_is_forgotten(database, tenant, clock):
    scope = Scope.tenant_wide(tenant.id)
    with database.session(scope) as db:
        enqueue(db, "test.work", key="k")
        db.flush()
        row = db.scalars(select(JobRow)).one()
        row.state, row.finished_at = DONE, clock.now()
    with database.session(scope) as db:
        assert not enqueue(db, "test.work", key="k")
        assert prune(db, clock.now()) == 0
        assert prune(db, clock.now() + timedelta(seconds=1)) == 1
        assert enqueue(db, "test.work", key="k")


def test_two_callers_with_one_key_at_the_same_moment_get_one_job(database, tenant):
    barrier, answers = threading.Barrier(8), []

    def ask():
        barrier.wait()
        with database.session(Scope.tenant_wide(tenant.id)) as db:
            answers.append(enqueue(db, "test.work", key="same"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False] * 7 + [True]
    assert count(database, tenant) == 1


def test_a_job_needs_a_tenant(database, tenant):
    with database.session(Scope.system_wide("tests")) as db, pytest.raises(ScopeMissing):
        enqueue(db, "test.work")


def test_a_portal_session_cannot_enqueue_for_another_bill_group(database, tenant):
    for key in (None, "once"):
        with pytest.raises(ForeignRow), database.session(Scope.bill_group(tenant.id, 1)) as db:
            enqueue(db, "test.work", bill_group_id=2, key=key)
            db.flush()


def test_the_bell_rings_at_the_commit_and_not_before(database, tenant):
    bell = new_bell()
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        enqueue(db, "test.work")
        db.flush()
        assert not bell.is_set()
    assert bell.is_set()
    bell.clear()
    with pytest.raises(RuntimeError), database.session(Scope.tenant_wide(tenant.id)) as db:
        enqueue(db, "test.work")
        db.flush()
        raise RuntimeError
    assert not bell.is_set()


def test_only_a_dead_job_of_the_own_tenant_can_be_retried(database, tenant, other_tenant):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        enqueue(db, "test.work")
        db.flush()
        row = db.scalars(select(JobRow)).one()
        with pytest.raises(NotDead):
            retry_dead(db, row.id)
        row.state, row.attempts = DEAD, 5
    with database.session(Scope.tenant_wide(other_tenant.id)) as db:
        assert dead_letters(db) == []
        with pytest.raises(NotDead):
            retry_dead(db, row.id)
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert [dead.id for dead in dead_letters(db)] == [row.id]
        retry_dead(db, row.id)
        assert dead_letters(db) == []
