"""Whom mails about a bill group go to, and whom its pages list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from riskportal.customers.models import BillGroup
from riskportal.identity.access import grant_for
from riskportal.identity.models import AccessRule, Membership, NotificationChoice
from riskportal.identity.people import Recipient, people_of, person_of, recipients, rule_behind
from riskportal.identity.sessions import Lifetime, open_session


def member_row(make: Any, group: Any, email: str, **values: Any) -> Membership:
    given = {"role": "owner", **values}
    return make.save(Membership(tenant_id=group.tenant_id, bill_group_id=group.id, email=email, **given))


def addresses(found: list[Recipient]) -> list[str]:
    return [recipient.email for recipient in found]


def test_mail_goes_to_those_who_hold_the_role(make, bill_group, other_bill_group, staff_db, clock) -> None:
    now = clock.now()
    make.rule(bill_group, "rule@a.test")
    make.rule(bill_group, "bookkeeper@a.test", "billing")
    make.rule(bill_group, "late@a.test", until=now)
    make.rule(bill_group, "demoted@a.test")
    make.rule(other_bill_group, "stranger@a.test")
    make.rule(bill_group, "d.test", kind="domain")
    for email in ("ann@d.test", "info@d.test", "left@d.test", "ann@sub.d.test", "ann@bad.test"):
        make.user(_tenant(bill_group), email)
    make.user(_tenant(bill_group), "gone@d.test", disabled_at=now)
    member_row(make, bill_group, "own@b.test")
    member_row(make, bill_group, "demoted@a.test", role="viewer")
    member_row(make, bill_group, "left@d.test", revoked_at=now)
    member_row(make, bill_group, "over@b.test", expires_at=now)
    member_row(make, bill_group, "some@b.test", role=None, permissions=["core.people.manage"])
    assert addresses(recipients(staff_db, bill_group, now=now)) == ["ann@d.test", "own@b.test", "rule@a.test"]
    assert addresses(recipients(staff_db, bill_group, role="viewer", now=now)) == ["demoted@a.test"]


def test_users_of_a_free_mail_domain_are_strangers_to_each_other(make, tenant, bill_group, staff_db, clock) -> None:
    """An owner of the provider let gmail.com in: whoever else has such an address is no concern of this account."""
    make.save(
        AccessRule(
            tenant_id=tenant.id,
            bill_group_id=bill_group.id,
            kind="domain",
            value="gmail.com",
            role="viewer",
            override_reason="A club",
        )
    )
    make.user(tenant, "secret.person@gmail.com")
    now = clock.now()
    found = people_of(staff_db, bill_group, now)
    assert ([person.email for person in found.persons], [rule.value for rule in found.domains]) == ([], ["gmail.com"])
    assert recipients(staff_db, bill_group, role="viewer", now=now) == []


def test_mail_respects_language_and_choice(make, tenant, bill_group, staff_db, clock) -> None:
    make.member(bill_group, "de@a.test", language="de")
    quiet = make.member(bill_group, "quiet@a.test")
    make.rule(bill_group, "unknown@a.test")
    for category in ("account", "security"):
        make.save(NotificationChoice(tenant_id=tenant.id, user_id=quiet.id, category=category, wanted=False))
    now = clock.now()
    assert recipients(staff_db, bill_group, now=now) == [
        Recipient("de@a.test", "de"),
        Recipient("unknown@a.test", "en"),
    ]
    for category in ("billing", "security"):
        assert "quiet@a.test" in addresses(recipients(staff_db, bill_group, category=category, now=now))


def test_people_are_listed_with_why_and_state(make, tenant, bill_group, staff_db, clock) -> None:
    now = clock.now()
    make.rule(bill_group, "d.test", "viewer", kind="domain")
    make.rule(bill_group, "new@a.test", "billing")
    make.rule(bill_group, "late@a.test", until=now)
    here = make.user(tenant, "ann@d.test")
    for email in ("info@d.test", "else@e.test"):
        make.user(tenant, email)
    member_row(make, bill_group, "inv@b.test", name="Inv Ited", invited_at=now)
    member_row(make, bill_group, "out@d.test", revoked_at=now)
    member_row(make, bill_group, "over@b.test", expires_at=now, joined_at=now)
    open_session(staff_db, here, "portal", now, Lifetime(timedelta(days=1), timedelta(days=9)), None, None)
    found = people_of(staff_db, bill_group, now)
    assert [(p.email, p.state, sorted(p.roles)) for p in found.persons] == [
        ("ann@d.test", "active", ["viewer"]),
        ("inv@b.test", "invited", ["owner"]),
        ("late@a.test", "expired", ["owner"]),
        ("new@a.test", "awaited", ["billing"]),
        ("out@d.test", "revoked", ["owner"]),
        ("over@b.test", "expired", ["owner"]),
    ]
    assert found.after is None
    ann, invited = found.persons[:2]
    assert (ann.name, ann.last_seen, ann.rules[0].value) == ("Ada Lovelace", now, "d.test")
    assert (invited.name, invited.rules) == ("Inv Ited", ())


def test_one_person(make, tenant, bill_group, staff_db, clock) -> None:
    make.rule(bill_group, "d.test", "viewer", kind="domain")
    now = clock.now()
    member_row(make, bill_group, "x@b.test")
    found = {email: person_of(staff_db, bill_group, email, now) for email in ("x@b.test", "y@d.test", "y@e.test")}
    assert found["x@b.test"].membership.role == "owner"
    # Nobody has seen this one yet, and still the rule would let them in.
    assert found["y@d.test"].state == "awaited"
    assert found["y@e.test"] is None
    assert person_of(staff_db, bill_group, "info@d.test", now) is None


def test_a_domain_with_many_users_comes_page_by_page(make, tenant, bill_group, staff_db, clock, sql_count) -> None:
    make.rule(bill_group, "d.test", "viewer", kind="domain")
    for number in range(7):
        make.user(tenant, f"u{number}@d.test")
    make.user(tenant, "info@d.test")
    make.rule(bill_group, "u3@a.test")
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        with sql_count() as sql:
            page = people_of(staff_db, bill_group, clock.now(), after=after, limit=3)
        assert len(sql.statements) <= 6
        seen += [person.email for person in page.persons]
        after = page.after
    assert seen == sorted([*(f"u{number}@d.test" for number in range(7)), "u3@a.test"])
    found = people_of(staff_db, bill_group, clock.now(), find="U3@")
    assert [person.email for person in found.persons] == ["u3@a.test", "u3@d.test"]
    assert people_of(staff_db, bill_group, clock.now(), find="%").persons == []


def _tenant(group: Any) -> Any:
    class Of:
        id = group.tenant_id

    return Of


def test_a_tag_is_no_second_person_where_its_mailbox_has_own_rights(
    make: Any, tenant: Any, bill_group: Any, staff_db: Any, clock: Any
) -> None:
    """The lists say what the door says (access.grant_for)."""
    now = clock.now()
    make.rule(bill_group, "d.test", "viewer", kind="domain")
    own = {"tenant_id": tenant.id, "bill_group_id": bill_group.id, "role": "viewer"}
    make.save(Membership(**own, email="bob@d.test", revoked_at=now))
    make.save(Membership(**own, email="_x+own@d.test"))
    make.user(tenant, "off@d.test", disabled_at=now)
    logins = ("bob+x@d.test", "_x+y@d.test", "off+x@d.test", "axx+z@d.test", "eve+x@d.test", "info+x@d.test")
    for email in logins:
        make.user(tenant, email)
    group = staff_db.get_one(BillGroup, bill_group.id)
    listed = {person.email: person.state for person in people_of(staff_db, group, now, show="here").persons}
    for email in logins:
        grant = grant_for(staff_db, email, group.public_id, now)
        assert (grant is not None) == (email in ("axx+z@d.test", "eve+x@d.test")), email
        assert (listed.get(email) == "active") == (grant is not None), email
        assert (person_of(staff_db, group, email, now) is not None) == (grant is not None), email


def test_the_rule_that_would_decide(make: Any, tenant: Any, bill_group: Any, staff_db: Any, clock: Any) -> None:
    now = clock.now()
    make.rule(bill_group, "d.test", "viewer", kind="domain")
    make.rule(bill_group, "old@e.test", "viewer", until=now - timedelta(hours=1))
    own = {"tenant_id": tenant.id, "bill_group_id": bill_group.id, "role": "owner"}
    for email in ("dan@d.test", "old@e.test", "info@d.test", "dan+x@d.test", "sue+x@d.test"):
        make.save(Membership(**own, email=email))
    group = staff_db.get_one(BillGroup, bill_group.id)

    def behind(email: str) -> str | None:
        person = person_of(staff_db, group, email, now)
        assert person is not None
        rule = rule_behind(staff_db, group, person, now)
        return rule.value if rule is not None else None

    assert [behind(email) for email in ("dan@d.test", "sue+x@d.test")] == ["d.test", "d.test"]
    assert [behind(email) for email in ("old@e.test", "info@d.test", "dan+x@d.test")] == [None, None, None]
