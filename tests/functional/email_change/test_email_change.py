"""A login moves to another address: verified there, told to the old one (A21)."""

from __future__ import annotations

import re
from threading import Barrier, Thread
from typing import Any

import pytest
from email_steps import LINK, NEW, OLD, ask, codes, link_in, mails, one, own_rights, press
from sqlalchemy import select

from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.identity.models import Membership, NotificationChoice, StaffMember, User, UserSession
from riskportal.identity.staff import Chief, add_colleague
from riskportal.shell.provider.permissions import P


def test_the_whole_way(
    visitor: Any, browser: Any, signed_in: Any, member: Any, here: str, run_jobs: Any, outbox: Any, database: Any
) -> None:
    phone = signed_in(browser(), member)
    page = ask(visitor, here, " ADA@New.Test ").follow()
    assert f"A link is on its way to {NEW}" in page.text and f"{NEW} has to confirm" in page.text
    sent = mails(run_jobs, outbox)
    told = next(text for (to, _s), text in sent.items() if to == OLD)
    assert NEW in told and "only when that address confirms" in told and LINK.search(told) is None
    path = link_in(sent)
    # Scanners look, with and without a session; nothing happens.
    for scanner in (visitor, browser(), browser()):
        answer = scanner.get(path)
        assert answer.headers["Referrer-Policy"] == "strict-origin" and OLD in answer.text
        scanner.head(path)
    assert one(database, User, User.id == member.id).email == OLD
    answer = press(visitor, path)
    assert answer.location.endswith("/")
    assert f"From now on you sign in with {NEW}" in answer.follow().follow().text
    assert one(database, User, User.id == member.id).email == NEW
    assert own_rights(database) == [(NEW, "owner", True), (OLD, "viewer", False)]
    assert visitor.get(here).status_int == 200
    assert phone.get(here).status_int == 303
    sent = mails(run_jobs, outbox)
    subjects = {(to, subject) for to, subject in sent}
    assert (OLD, "Your address at Alder Hosting has changed") in subjects
    assert (NEW, "The security of your login at Alder Hosting has changed") in subjects
    assert codes(database)[-3:] == ["core.email_change_asked", "core.email_changed", "core.person_moved"]
    # The link is spent, in every tab and browser.
    for again in (visitor, browser()):
        assert "no longer valid" in again.get(path, status=410).text


def test_owners_hear_who_signs_in_by_another_address(
    visitor: Any, here: str, run_jobs: Any, outbox: Any, database: Any, make: Any, bill_group: Any, customer: Any,
    tenant: Any,
) -> None:  # fmt: skip
    """Whoever lets somebody in knows them by their address."""
    boss = make.member(bill_group, "boss@other.test")
    make.member(make.bill_group(customer), "stranger@other.test")
    make.save(NotificationChoice(tenant_id=tenant.id, user_id=boss.id, category="account", wanted=False))
    ask(visitor, here)
    press(visitor, link_in(mails(run_jobs, outbox)))
    told = {to: text for (to, _subject), text in mails(run_jobs, outbox).items() if OLD in text and NEW in text}
    assert f"{OLD} signs in as {NEW} from now on" in told["boss@other.test"]
    assert "stranger@other.test" not in told
    entry = one(database, AuditEntry, AuditEntry.code == "core.person_moved")
    assert entry.bill_group_id == bill_group.id


def test_two_tabs_press_the_same_button(visitor: Any, here: str, run_jobs: Any, outbox: Any, database: Any) -> None:
    ask(visitor, here)
    path = link_in(mails(run_jobs, outbox))
    first, second = (visitor.get(path).forms[0] for _ in range(2))
    first.submit(status=303)
    assert "no longer valid" in second.submit(status=410).text
    assert codes(database).count("core.email_changed") == 1


def test_whoever_has_the_new_mailbox_gives_nothing_away(
    visitor: Any, browser: Any, here: str, run_jobs: Any, outbox: Any, database: Any, member: Any, make: Any,
    tenant: Any, signed_in: Any,
) -> None:  # fmt: skip
    """One press in a mail from the provider would hand the mailbox's access to whoever asked for the change."""
    ask(visitor, here)
    path = link_in(mails(run_jobs, outbox))
    eve = make.user(tenant, "eve@customer.test")
    for other in (browser(), signed_in(browser(), eve)):
        page = other.get(path)
        assert "Only whoever is signed in as ada@customer.test can confirm that." in page.text
        assert not any(form.action == path for form in page.forms.values())
        token = next(form["csrf_token"].value for form in page.forms.values() if "csrf_token" in form.fields)
        other.post(path, {"csrf_token": token}, status=403)
    assert one(database, User, User.id == member.id).email == OLD
    # The same person in another browser may.
    phone = signed_in(browser(), member)
    press(phone, path, status=303)
    assert visitor.get(here).status_int == 303
    with database.session(Scope.tenant(member.tenant_id), write=False) as db:
        living = [row for row in db.scalars(select(UserSession)) if row.revoked_at is None]
        assert {row.user_id for row in living} == {member.id, eve.id} and len(living) == 2
    entry = one(database, AuditEntry)
    assert (entry.code, entry.actor_id, entry.data) == ("core.email_changed", member.id, {"old": OLD, "new": NEW})


def test_links_live_an_hour_and_a_newer_one_ends_the_older(
    visitor: Any, here: str, run_jobs: Any, outbox: Any, clock: Any, browser: Any
) -> None:
    ask(visitor, here)
    first = link_in(mails(run_jobs, outbox))
    ask(visitor, here, "ada@third.test")
    third = link_in(mails(run_jobs, outbox), "ada@third.test")
    assert visitor.get(first, status=410)
    clock.advance(minutes=59)
    assert browser().get(third).status_int == 200
    clock.advance(minutes=2)
    assert browser().get(third, status=410)
    assert browser().get("/confirm-email/" + "x" * 43, status=410)


def test_a_waiting_change_can_be_given_up(visitor: Any, here: str, run_jobs: Any, outbox: Any, database: Any) -> None:
    page = ask(visitor, here).follow()
    form = next(form for form in page.forms.values() if form.action.endswith("/cancel"))
    assert "Your address stays as it is." in form.submit().follow().text
    form.submit(status=404)
    visitor.get(link_in(mails(run_jobs, outbox)), status=410)
    assert codes(database)[-1] == "core.email_change_cancelled"


def test_whose_address_it_is_stays_untold(
    visitor: Any,
    here: str,
    make: Any,
    tenant: Any,
    bill_group: Any,
    run_jobs: Any,
    outbox: Any,
    database: Any,
    member: Any,
) -> None:
    """Somebody else's login, and an address that is invited beside the user: the same answer as for a free one."""
    make.user(tenant, "eve@new.test")
    make.save(Membership(tenant_id=tenant.id, bill_group_id=bill_group.id, email="bob@new.test", role="viewer"))
    answers = {}
    for email in ("eve@new.test", "bob@new.test", NEW):
        answer = ask(visitor, here, email)
        page = answer.follow()
        answers[email] = (answer.status_int, re.sub(r"value=\"[^\"]*\"", "", page.text.replace(email, "@")))
    assert len(set(answers.values())) == 1
    sent = mails(run_jobs, outbox)
    for email in ("eve@new.test", "bob@new.test"):
        told = [text for (to, _s), text in sent.items() if to == email]
        assert len(told) == 1 and "of its own" in told[0] and LINK.search(told[0]) is None
    assert link_in(sent)
    assert len([to for to, _subject in sent if to == OLD]) == 1  # one subject, three notices
    assert one(database, User, User.id == member.id).email == OLD


def test_an_address_that_was_taken_meanwhile_is_said_at_the_link(
    visitor: Any, here: str, make: Any, tenant: Any, run_jobs: Any, outbox: Any, database: Any, member: Any
) -> None:
    ask(visitor, here)
    path = link_in(mails(run_jobs, outbox))
    eve = make.user(tenant, NEW)
    answer = press(visitor, path, status=409)
    assert "of its own here" in answer.text
    assert one(database, User, User.id == member.id).email == OLD
    assert one(database, User, User.id == eve.id).email == NEW
    # Nothing is lost: the link is good for its hour, and the session goes on.
    assert visitor.get(path).status_int == 200 and visitor.get(here).status_int == 200


@pytest.mark.parametrize(
    "email",
    ["", "ada", "a@b", "a@@b.test", "Ada <ada@new.test>", "a@new.test,b@new.test", "a@new.test\r\nBcc: e@e.test",
     "ａda@new.test", "ada@new.test; drop table", "x" * 250 + "@new.test", OLD, OLD.upper()],
)  # fmt: skip
def test_hostile_addresses_are_refused_beside_the_field(
    visitor: Any, here: str, email: str, outbox: Any, run_jobs: Any
) -> None:
    answer = ask(visitor, here, email, status=400)
    assert answer.html.find(id="new-address-email-problem") is not None
    assert answer.html.find(attrs={"data-errors": True}) is not None
    run_jobs()
    assert outbox() == []


def test_an_old_proof_leads_to_a_new_one_first(
    visitor: Any, here: str, clock: Any, outbox: Any, run_jobs: Any
) -> None:
    form = visitor.get(here).forms["new-address"]
    clock.advance(minutes=31)
    answer = visitor.get(here, status=303)
    assert "/account/confirm?next=" in answer.location
    form["email"] = NEW
    assert "/account/confirm?next=" in form.submit("send", status=303).location
    run_jobs()
    assert outbox() == []


def test_requests_are_limited(visitor: Any, here: str) -> None:
    for number in range(5):
        ask(visitor, here, f"ada{number}@new.test", status=303)
    assert "Retry-After" in ask(visitor, here, "ada9@new.test", status=429).headers


def test_two_logins_race_for_one_address(
    make: Any, tenant: Any, bill_group: Any, signed_in: Any, browser: Any, run_jobs: Any, outbox: Any, database: Any
) -> None:
    people = []
    for name in ("ada", "bob"):
        email = f"{name}@customer.test"
        make.save(Membership(tenant_id=tenant.id, bill_group_id=bill_group.id, email=email, role="viewer"))
        people.append(make.save(User(tenant_id=tenant.id, email=email)))
    forms = []
    for person in people:
        visitor = signed_in(browser(), person)
        ask(visitor, f"/g/{bill_group.public_id}/account/security/email")
        run_jobs()
        texts = [m.get_body(("plain",)).get_content() for m in outbox() if m["To"] == NEW]
        path = [LINK.search(text)[1] for text in texts if person.email in text][-1]  # type: ignore[index]
        forms.append(visitor.get(path).forms[0])
    barrier, answers = Barrier(2), []

    def send(form: Any) -> None:
        barrier.wait()
        answers.append(form.submit(status="*").status_int)

    threads = [Thread(target=send, args=(form,)) for form in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 409]
    with database.session(Scope.tenant(tenant.id), write=False) as db:
        assert len(list(db.scalars(select(User).where(User.email == NEW)))) == 1
        assert len(list(db.scalars(select(Membership).where(Membership.email == NEW)))) == 1


def test_staff_move_their_login_in_the_console_only(
    testapp: Any, browser: Any, signed_in: Any, make: Any, tenant: Any, member: Any, here: str, bill_group: Any,
    run_jobs: Any, outbox: Any, database: Any,
) -> None:  # fmt: skip
    """The portal opens to whoever reads a mailbox; the console must not follow."""
    make.save(StaffMember(tenant_id=tenant.id, user_id=member.id, role="support"))
    customer = signed_in(browser(), member)
    assert customer.get(here, status=303).location.endswith("/account/security")
    token = customer.get(here.removesuffix("/email")).forms[0]["csrf_token"].value
    customer.post(here, {"csrf_token": token, "__formid__": "new-address", "email": NEW, "send": "send"}, status=303)
    run_jobs()
    assert outbox() == []
    colleague = signed_in(testapp, member, kind="staff")
    ask(colleague, "/staff/account/security/email")
    path = link_in(mails(run_jobs, outbox))
    assert path.startswith("/staff/")
    answer = press(colleague, path)
    assert answer.location.endswith("/staff/account/security") and NEW in answer.follow().text
    assert customer.get(here).status_int == 303
    assert one(database, AuditEntry).actor_kind == "staff"


def test_a_change_that_waits_ends_when_its_owner_is_hired(
    visitor: Any, here: str, make: Any, tenant: Any, run_jobs: Any, outbox: Any, database: Any, clock: Any,
    portal: Any, member: Any,
) -> None:  # fmt: skip
    """Asked for by whoever reads the old mailbox, it would carry the colleague's login off."""
    boss = make.staff(tenant, "boss@alder.test")
    ask(visitor, here)
    path = link_in(mails(run_jobs, outbox))
    form = visitor.get(path).forms[0]
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        add_colleague(db, Chief(boss.id, portal.configs, P.TEAM_WRITE), OLD, "support", None, clock.now())
    assert "no longer valid" in form.submit(status=410).text
    assert one(database, User, User.id == member.id).email == OLD


def test_the_portal_never_moves_the_login_of_a_colleague(
    visitor: Any, browser: Any, signed_in: Any, here: str, make: Any, tenant: Any, run_jobs: Any, outbox: Any,
    database: Any, member: Any,
) -> None:  # fmt: skip
    """Not even by a link that lives: one from the console, or one that is pressed while its owner is hired."""
    ask(visitor, here)
    form = visitor.get(link_in(mails(run_jobs, outbox))).forms[0]
    make.save(StaffMember(tenant_id=tenant.id, user_id=member.id, role="support"))
    assert "changed in the staff console" in form.submit(status=409).text
    colleague = signed_in(browser(), member, kind="staff")
    ask(colleague, "/staff/account/security/email", "ada@third.test")
    path = link_in(mails(run_jobs, outbox), "ada@third.test")
    answer = press(visitor, path.removeprefix("/staff"), status=409)
    assert "changed in the staff console" in answer.text
    assert one(database, User, User.id == member.id).email == OLD
    press(colleague, path, status=303)
    assert one(database, User, User.id == member.id).email == "ada@third.test"


def test_a_disabled_login_moves_no_more(
    visitor: Any, here: str, run_jobs: Any, outbox: Any, database: Any, clock: Any, browser: Any, member: Any
) -> None:
    ask(visitor, here)
    path = link_in(mails(run_jobs, outbox))
    with database.session(Scope.tenant(member.tenant_id)) as db:
        db.get_one(User, member.id).disabled_at = clock.now()
    browser().get(path, status=410)


def test_links_of_one_provider_mean_nothing_at_another(
    visitor: Any, here: str, run_jobs: Any, outbox: Any, browser: Any, other_tenant: Any
) -> None:
    ask(visitor, here)
    path = link_in(mails(run_jobs, outbox))
    browser(host="other.test").get(path, status=410)
