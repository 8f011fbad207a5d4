"""What a new address may reach, and that the old one opens nothing any more."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from email_steps import NEW, OLD, ask, link_in, mails, one, press

from riskportal.db.guard import Scope
from riskportal.identity.models import Membership, OneTimeLink, SignInRequest, User


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
