"""The worker's promises: done with its effect or not at all, again after a failure, dead with a reason."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.audit.services import SYSTEM, record
from riskportal.db.guard import Scope
from riskportal.jobs.claims import delay_after
from riskportal.jobs.context import GiveUp, Handler
from riskportal.jobs.embedded import EmbeddedWorker
from riskportal.jobs.errors import describe, redact
from riskportal.jobs.models import DEAD, DONE, QUEUED, RUNNING, JobRow
from riskportal.jobs.services import dead_letters, enqueue, retry_dead
from riskportal.jobs.worker import Worker, contexts
from riskportal.plug.declarations import Job


def worker(database, *jobs, **options):
    named = {job.name: job for job in jobs}
    return Worker(database, named, contexts(database, {}, {}), **options)


def put(database, tenant, name="test.work", **payload):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        enqueue(db, name, payload)


def only_job(database, tenant):
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        return db.scalars(select(JobRow)).one()


def effects(database, tenant):
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        return [entry.data["number"] for entry in db.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def write_effect(ctx, number):
    record(ctx.db, "test.effect", actor=SYSTEM, data={"number": number})


def test_effect_and_done_are_one_transaction(database, tenant):
    put(database, tenant, number=1)
    assert worker(database, Job("test.work", run=write_effect)).run_due() == 1
    assert effects(database, tenant) == [1]
    job = only_job(database, tenant)
    assert (job.state, job.attempts, job.lease_token, job.last_error) == (DONE, 1, None, None)
    assert worker(database, Job("test.work", run=write_effect)).run_due() == 0


def test_a_job_sees_its_own_tenant_only(database, tenant, other_tenant):
    seen = []

    def look(ctx):
        seen.append((ctx.tenant.name, len(ctx.db.scalars(select(JobRow)).all())))

    put(database, tenant)
    put(database, other_tenant)
    worker(database, Job("test.work", run=look)).run_due()
    assert sorted(seen) == sorted([(tenant.name, 1), (other_tenant.name, 1)])


def test_a_failure_rolls_back_and_comes_again_later_until_it_succeeds(database, tenant, clock):
    tries = []

    def flaky(ctx, number):
        write_effect(ctx, number)
        ctx.db.flush()
        tries.append(ctx.attempt)
        if len(tries) < 3:
            raise OSError("no route to smtp://bob:hunter2@mail.example for jane@customer.example")

    put(database, tenant, number=7)
    work = worker(database, Job("test.work", run=flaky))
    assert work.run_due() == 1
    job = only_job(database, tenant)
    assert job.state == QUEUED and job.run_at > clock.now()
    assert "hunter2" not in job.last_error and "jane" not in job.last_error
    assert work.run_due() == 0
    for _ in range(2):
        clock.advance(minutes=2)
        work.run_due()
    assert tries == [1, 2, 3]
    assert effects(database, tenant) == [7]
    assert only_job(database, tenant).state == DONE


def test_out_of_attempts_is_dead_and_a_retry_starts_afresh(database, tenant, clock):
    broken = [True]

    def run(ctx):
        if broken:
            raise ValueError("first line\nsecond line")

    put(database, tenant)
    work = worker(database, Job("test.work", run=run, max_attempts=2))
    for _ in range(5):
        work.run_due()
        clock.advance(hours=2)
    job = only_job(database, tenant)
    assert (job.state, job.attempts, job.last_error) == (DEAD, 2, "ValueError: first line")
    broken.clear()
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        retry_dead(db, dead_letters(db)[0].id)
    work.run_due()
    assert only_job(database, tenant).state == DONE


@pytest.mark.parametrize(
    ("name", "payload", "reason"),
    [
        ("test.unknown", {}, "no module that is loaded declares the job 'test.unknown'"),
        ("test.work", {"nonsense": 1}, "the payload doesn't fit the job 'test.work'"),
        ("test.work", {}, "the payload doesn't fit the job 'test.work'"),
    ],
)
def test_poison_is_dead_at_once_with_a_reason(database, tenant, name, payload, reason):
    put(database, tenant, name, **payload)
    put(database, tenant, number=3)
    assert worker(database, Job("test.work", run=write_effect)).run_due() == 2
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        assert [dead.last_error.startswith(reason) for dead in dead_letters(db)] == [True]
    assert effects(database, tenant) == [3]


def test_giving_up_and_exiting_do_not_end_the_worker(database, tenant):
    def give_up(ctx):
        raise GiveUp("the invoice is gone")

    def leave(ctx):
        raise SystemExit(1)

    put(database, tenant, "test.gone")
    put(database, tenant, "test.leave")
    jobs = (Job("test.gone", run=give_up), Job("test.leave", run=leave, max_attempts=1))
    assert worker(database, *jobs).run_due() == 2
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        assert {dead.last_error for dead in dead_letters(db)} == {"the invoice is gone", "SystemExit: 1"}


def test_a_dying_job_has_last_words_in_the_same_transaction(database, tenant):
    def fail(ctx, number):
        write_effect(ctx, number)
        raise GiveUp("no use")

    def last_words(ctx, reason, number):
        record(ctx.db, "test.effect", actor=SYSTEM, data={"number": f"{reason} {number}"})

    put(database, tenant, number=4)
    worker(database, Job("test.work", run=Handler(fail, when_dead=last_words))).run_due()
    assert effects(database, tenant) == ["no use 4"]
    assert only_job(database, tenant).state == DEAD


def test_failing_last_words_still_leave_a_dead_job(database, tenant):
    def fail(ctx):
        raise GiveUp("no use")

    def choke(ctx, reason):
        raise RuntimeError("choked")

    put(database, tenant)
    worker(database, Job("test.work", run=Handler(fail, when_dead=choke))).run_due()
    job = only_job(database, tenant)
    assert (job.state, job.last_error) == (DEAD, "no use; then: RuntimeError: choked")


def test_a_stale_worker_cannot_commit(database, tenant, clock):
    """The first worker falls asleep, its lease ends, a second one does the job: one effect stays."""
    runs = []

    def sleepy(ctx, number):
        runs.append(ctx.attempt)
        if len(runs) == 1:
            clock.advance(minutes=5)
            assert second.run_due() == 1
        write_effect(ctx, f"{number} by attempt {ctx.attempt}")

    first, second = (worker(database, Job("test.work", run=sleepy)) for _ in range(2))
    put(database, tenant, number=1)
    first.run_due()
    assert runs == [1, 2]
    assert effects(database, tenant) == ["1 by attempt 2"]
    job = only_job(database, tenant)
    assert (job.state, job.attempts) == (DONE, 2)


def test_a_stale_failure_does_not_touch_the_new_run(database, tenant, clock):
    def run(ctx):
        if ctx.attempt == 1:
            clock.advance(minutes=5)
            second.run_due()
            raise RuntimeError("too late to matter")

    first, second = (worker(database, Job("test.work", run=run, max_attempts=2)) for _ in range(2))
    put(database, tenant)
    first.run_due()
    job = only_job(database, tenant)
    assert (job.state, job.last_error) == (DONE, None)


def test_a_living_worker_keeps_its_lease(database, tenant, clock):
    """The lease is prolonged while the job runs, so that nobody takes it over."""

    def slow(ctx):
        before = only_job(database, tenant).leased_until
        clock.advance(seconds=0.25)
        deadline = time.monotonic() + 5
        while only_job(database, tenant).leased_until == before and time.monotonic() < deadline:
            time.sleep(0.02)
        clock.advance(seconds=0.1)
        assert other.run_due() == 0

    work, other = (worker(database, Job("test.work", run=slow), lease=timedelta(seconds=0.3)) for _ in range(2))
    put(database, tenant)
    work.run_due()
    assert only_job(database, tenant).state == DONE, only_job(database, tenant).last_error


def test_a_job_that_keeps_killing_its_worker_ends_as_dead(database, tenant, clock):
    put(database, tenant, number=1)
    with database.session(Scope.system_wide("tests")) as db:
        row = db.scalars(select(JobRow)).one()
        row.state, row.attempts, row.lease_token = RUNNING, 5, "a dead worker's"
        row.leased_until = clock.now() - timedelta(seconds=1)
    worker(database, Job("test.work", run=write_effect, max_attempts=5)).run_due()
    job = only_job(database, tenant)
    assert (job.state, job.last_error) == (DEAD, "the worker vanished while running it, 5 times")
    assert effects(database, tenant) == []


def test_many_workers_run_each_job_once_and_never_twice_at_the_same_time(database, tenant):
    guard, running, overlaps = threading.Lock(), set(), []

    def run(ctx, number):
        with guard:
            overlaps.extend(running & {number})
            running.add(number)
        write_effect(ctx, number)
        with guard:
            running.remove(number)

    for number in range(40):
        put(database, tenant, number=number)
    threads = [threading.Thread(target=worker(database, Job("test.work", run=run)).run_due) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert overlaps == []
    assert sorted(effects(database, tenant)) == list(range(40))


def test_jobs_wait_for_their_time_and_run_in_its_order(database, tenant, clock):
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        for number, minutes in ((1, 30), (2, 10), (3, 20), (4, 90)):
            enqueue(db, "test.work", {"number": number}, run_at=clock.now() + timedelta(minutes=minutes))
    work = worker(database, Job("test.work", run=write_effect))
    assert work.run_due() == 0
    clock.advance(hours=1)
    assert work.run_due() == 3
    assert effects(database, tenant) == [2, 3, 1]


def test_the_embedded_worker_wakes_up_for_new_work_and_stops(database, tenant):
    embedded = EmbeddedWorker(worker(database, Job("test.work", run=write_effect)))
    embedded.start()
    put(database, tenant, number=1)
    deadline = time.monotonic() + 10
    while not effects(database, tenant) and time.monotonic() < deadline:
        time.sleep(0.01)
    embedded.stop()
    assert effects(database, tenant) == [1]


def test_delays_double_up_to_an_hour_and_are_spread():
    for attempt, seconds in ((1, 10), (2, 20), (3, 40), (20, 3600), (5000, 3600)):
        delay = delay_after(attempt).total_seconds()
        assert 0.75 * seconds <= delay <= 1.25 * seconds
    assert len({delay_after(3) for _ in range(20)}) > 1


def test_words_about_errors_hold_no_secrets():
    assert redact("at https://user:pa55@host/x") == "at https://***@host/x"
    assert redact("to Jane <jane.doe@customer.example>") == "to Jane <***@***>"
    assert redact("password=hunter2 rest") == "password=*** rest"
    assert redact("link 9f8e7d6c5b4a39281706f5e4d3c2b1a0") == "link ***"
    assert describe(ValueError()) == "ValueError"
