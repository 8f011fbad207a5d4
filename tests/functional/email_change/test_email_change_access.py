"""What a new address may reach, and that the old one opens nothing any more."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from email_steps import NEW, OLD, ask, link_in, mails, one, one_behind_the_other, own_rights, press

from riskportal.audit.services import SYSTEM
from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.identity import email_change, memberships
from riskportal.identity.directory import disable_user
from riskportal.identity.links import EMAIL_CHANGE, open_link
from riskportal.identity.memberships import Manager
from riskportal.identity.models import Membership, OneTimeLink, SignInRequest, StaffMember, User, UserSession
from riskportal.identity.proofs import ConsoleOnly
from riskportal.identity.rights import Powers
from riskportal.identity.sessions import open_session
from riskportal.identity.staff import appoint
from riskportal.tenancy.models import Tenant


def test_a_change_never_costs_access(
    testapp: Any,
    signed_in: Any,
    make: Any,
    bill_group: Any,
    other_bill_group: Any,
    here: str,
    database: Any,
    user: Any,
) -> None:
    """Rules name an address: what the new one would not reach, or where it could do less, is said up front."""
    make.rule(other_bill_group, "customer.test", "viewer", kind="domain")
    visitor = signed_in(testapp, user)
    answer = ask(visitor, here, status=400)
    assert "no access to 2 of your accounts: Northwind Atelier; Southwind Studio" in answer.text
    assert answer.forms["new-address"]["email"].value == NEW
    make.rule(bill_group, NEW, "nobody")
    assert "no access to Southwind Studio" in ask(visitor, here, status=400).text
    make.rule(other_bill_group, NEW, "owner")
    assert "may do less than yours in Northwind Atelier" in ask(visitor, here, status=400).text
    make.rule(bill_group, "new.test", "owner", kind="domain")
    assert ask(visitor, here).status_int == 303
    assert one(database, OneTimeLink).data["email"] == NEW


def test_access_that_was_lost_meanwhile_is_said_at_the_link(
    testapp: Any, signed_in: Any, make: Any, bill_group: Any, here: str, user: Any, run_jobs: Any, outbox: Any,
    database: Any, clock: Any,
) -> None:  # fmt: skip
    make.rule(bill_group, NEW, "owner", until=clock.now() + timedelta(minutes=30))
    visitor = signed_in(testapp, user)
    ask(visitor, here)
    path = link_in(mails(run_jobs, outbox))
    clock.advance(minutes=40)
    assert "no access to Northwind Atelier" in press(visitor, path, status=409).text
    assert one(database, User, User.id == user.id).email == OLD


def test_many_bill_groups_cost_no_more_statements(
    testapp: Any, signed_in: Any, make: Any, customer: Any, user: Any, here: str, sql_count: Any
) -> None:
    make.rule(make.bill_group(customer), "customer.test", "viewer", kind="domain")
    visitor, counts = signed_in(testapp, user), []
    ask(visitor, here, "ada.l@customer.test", status=400)
    for more in (0, 30):
        for _number in range(more):
            make.rule(make.bill_group(customer), "customer.test", "viewer", kind="domain")
        with sql_count() as sql:
            # A colleague's address reaches all that the domain's rules open, and not what stands for hers alone.
            answer = ask(visitor, here, "ada.l@customer.test", status=400)
        assert "no access to Northwind Atelier" in answer.text
        counts.append(len(sql))
    assert counts[0] == counts[1] < 30, counts


def test_many_bill_groups_move_with_no_more_statements(
    visitor: Any, make: Any, customer: Any, here: str, run_jobs: Any, outbox: Any, sql_count: Any
) -> None:
    counts = []
    for more, new in ((1, NEW), (30, "ada@third.test")):
        for _number in range(more):
            group = make.bill_group(customer)
            for domain in ("customer.test", "new.test", "third.test"):
                make.rule(group, domain, "viewer", kind="domain")
        ask(visitor, here, new)
        form = visitor.get(link_in(mails(run_jobs, outbox), new)).forms[0]
        with sql_count() as sql:
            form.submit(status=303)
        # SQLite takes new rows one by one.
        counts.append(len([line for line in sql.statements if not line.startswith("INSERT INTO memberships")]))
    assert counts[0] == counts[1] <= 30, counts


def test_rights_come_from_every_rule_that_fits(
    testapp: Any, signed_in: Any, make: Any, bill_group: Any, user: Any, here: str
) -> None:
    """The domain's rule gives a viewer's rights, hers the owner's; the new address has the first alone."""
    make.rule(bill_group, "customer.test", "viewer", kind="domain")
    answer = ask(signed_in(testapp, user), here, "ada.l@customer.test", status=400)
    assert "may do less than yours in Northwind Atelier" in answer.text


@pytest.mark.parametrize("state", ["limited", "revoked", "disabled"])
def test_the_old_address_is_no_way_back(
    make: Any, tenant: Any, bill_group: Any, other_bill_group: Any, signed_in: Any, testapp: Any, browser: Any,
    run_jobs: Any, outbox: Any, database: Any, clock: Any, state: str,
) -> None:  # fmt: skip
    """Under a rule for the old domain it would be somebody new: without the limit, the revocation, the app."""
    make.rule(bill_group, "customer.test", "owner", kind="domain")
    values: dict[str, Any] = {"tenant_id": tenant.id, "email": OLD, "role": "viewer"}
    revoked = {"revoked_at": clock.now()} if state == "revoked" else {}
    limits = {"limited_to": [["services.service", "x" * 20]]} if state == "limited" else {}
    make.save(Membership(bill_group_id=bill_group.id, **values, **revoked, **limits))
    make.save(Membership(bill_group_id=other_bill_group.id, **values))
    ada = make.user(tenant, OLD)
    visitor = signed_in(testapp, ada)
    ask(visitor, f"/g/{other_bill_group.public_id}/account/security/email")
    press(visitor, link_in(mails(run_jobs, outbox)), status=303)
    if state == "disabled":
        with database.session(Scope.tenant(tenant.id)) as db:
            db.get_one(User, ada.id).disabled_at = clock.now()
    run_jobs()
    sent = len(outbox())
    form = browser().get("/sign-in").forms["sign-in"]
    form["email"] = OLD
    form.submit()
    run_jobs()
    assert [str(mail["To"]) for mail in outbox()[sent:]] == []


def test_a_revoked_membership_moves_too(
    visitor: Any, here: str, make: Any, tenant: Any, other_bill_group: Any, run_jobs: Any, outbox: Any, clock: Any,
    browser: Any, signed_in: Any, member: Any,
) -> None:  # fmt: skip
    """Whoever was revoked under a domain rule doesn't come back by another address of that domain."""
    make.rule(other_bill_group, "customer.test", kind="domain")
    values = {"tenant_id": tenant.id, "bill_group_id": other_bill_group.id, "role": "owner"}
    make.save(Membership(email=OLD, revoked_at=clock.now(), **values))
    ask(visitor, here, "ada.l@customer.test")
    press(visitor, link_in(mails(run_jobs, outbox), "ada.l@customer.test"))
    assert visitor.get(here).status_int == 200
    visitor.get(f"/g/{other_bill_group.public_id}/", status=404)


class Mover:
    """A change of address that waits for its button, and what others do at that very moment."""

    def __init__(self, database: Any, portal: Any, user: Any, group: Any) -> None:
        self.database, self.portal, self.user, self.group = database, portal, user, group
        with database.session(Scope.tenant_wide(user.tenant_id)) as db:
            now = database.clock.now()
            self.token, _free = email_change.ask(db, db.get_one(User, user.id), NEW, now, self.rights)
            self.session = open_session(db, user, "portal", now, portal.session_lifetime, None, None)[0].id

    def rights(self, grant: Any) -> frozenset[str]:
        return frozenset(grant.roles)

    def confirm(self, db: Any) -> str:
        now = self.database.clock.now()
        link = open_link(db, self.token, EMAIL_CHANGE, now)
        if link is None:
            return "no link"
        try:
            via = db.get_one(UserSession, self.session)
            return str(email_change.confirm(db, link, via, now, self.rights).new)
        except (ConsoleOnly, email_change.SameAddress) as refused:
            return type(refused).__name__

    def revoke(self, db: Any) -> bool:
        group = db.get_one(BillGroup, self.group.id)
        powers = Powers(
            self.portal.configs.get(db, db.get_one(Tenant, group.tenant_id)), self.portal.seam.permissions
        )
        staff = Manager(None, "Alder Hosting", powers, None)
        return memberships.revoke(db, group, OLD, manager=staff, now=self.database.clock.now())

    def disable(self, db: Any) -> bool:
        return disable_user(db, db.get_one(User, self.user.id), self.database.clock.now())

    def hire(self, db: Any) -> bool:
        return appoint(db, OLD, "support", None, SYSTEM, self.database.clock.now())


@pytest.fixture
def mover(database: Any, portal: Any, user: Any, bill_group: Any, make: Any) -> Mover:
    """Somebody whom rules alone let in, under the old address and the new one."""
    make.rule(bill_group, NEW, "owner")
    return Mover(database, portal, user, bill_group)


def test_who_is_taken_out_while_moving_stays_out(mover: Mover, database: Any, tenant: Any) -> None:
    assert one_behind_the_other(database, tenant, mover.revoke, mover.confirm) == (True, NEW)
    assert own_rights(database) == [(NEW, "owner", False), (OLD, "viewer", False)]


def test_who_has_moved_is_taken_out_no_more_by_the_old_address(mover: Mover, database: Any, tenant: Any) -> None:
    """The list then shows them under their new one."""
    assert one_behind_the_other(database, tenant, mover.confirm, mover.revoke) == (NEW, False)
    assert own_rights(database) == [(OLD, "viewer", False)]


def test_who_is_hired_while_moving_stays_where_they_are(mover: Mover, database: Any, tenant: Any, user: Any) -> None:
    answers = one_behind_the_other(database, tenant, mover.hire, mover.confirm)
    assert answers in [(True, "ConsoleOnly"), (True, "no link")]
    assert one(database, User, User.id == user.id).email == OLD


def test_who_is_switched_off_while_moving_stays_where_they_are(
    mover: Mover, database: Any, tenant: Any, user: Any
) -> None:
    answers = one_behind_the_other(database, tenant, mover.disable, mover.confirm)
    assert answers in [(True, "SameAddress"), (True, "no link")]
    assert one(database, User, User.id == user.id).email == OLD


def test_who_has_moved_is_not_hired_by_the_old_address(mover: Mover, database: Any, tenant: Any, user: Any) -> None:
    """Else whoever took the login along would get the set-up link of a colleague."""
    assert one_behind_the_other(database, tenant, mover.confirm, mover.hire) == (NEW, True)
    assert one(database, User, User.id == one(database, StaffMember).user_id).email == OLD
    assert one(database, StaffMember).user_id != user.id


def test_what_was_under_way_by_the_old_address_ends(
    visitor: Any, browser: Any, here: str, run_jobs: Any, outbox: Any, database: Any, make: Any, bill_group: Any
) -> None:
    """A sign-in link that lies in the old mailbox opens nothing, even when a rule still names that address."""
    make.rule(bill_group, OLD, "viewer")
    make.rule(bill_group, NEW, "viewer")
    phone = browser()
    form = phone.get("/sign-in").forms["sign-in"]
    form["email"] = OLD
    form.submit()
    run_jobs()
    sign_in = re.search(r"/sign-in/confirm/[\w-]+", outbox()[-1].get_body(("plain",)).get_content())[0]
    ask(visitor, here)
    press(visitor, link_in(mails(run_jobs, outbox)))
    phone.get(sign_in, status=410)
    assert one(database, SignInRequest).voided_at is not None
