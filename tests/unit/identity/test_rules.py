"""Access rules: what may be added, what stands in the way and why (security.md B10-B14)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.identity.access import grant_for
from riskportal.identity.models import AccessRule, Membership
from riskportal.identity.rights import Rights
from riskportal.identity.rules import (
    RuleRefused,
    add_rule,
    change_rule,
    overlaps,
    read,
    remove_rule,
    rule_by_public_id,
    rules_of,
)

Add = Callable[..., AccessRule]


@pytest.fixture
def add(staff_db: Session, bill_group: BillGroup, clock: Any) -> Add:
    def add_one(text: str, role: str = "viewer", **values: Any) -> AccessRule:
        return add_rule(staff_db, bill_group, text, role, now=clock.now(), **values)

    return add_one


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("company.com", "domain", "company.com"),
        (" @Company.COM. ", "domain", "company.com"),
        ("Ada@Company.com", "email", "ada@company.com"),
        ("a+x@company.com", "email", "a+x@company.com"),
        ("müller.example", "domain", "xn--mller-kva.example"),
    ],
)
def test_one_field_takes_domains_and_addresses(typed: str, kind: str, value: str) -> None:
    assert read(typed) == (kind, value)


@pytest.mark.parametrize("typed", ["a@b.de,c@d.de", "a@b.de; c@d.de", "a@b.de c@d.de", "b.de, d.de", "b.de\nd.de"])
def test_lists_are_refused_with_a_word(typed: str) -> None:
    with pytest.raises(RuleRefused, match="one by one") as refused:
        read(typed)
    assert refused.value.code == "several"


@pytest.mark.parametrize(
    "typed",
    ["", "@", "ada", "ada lovelace", "localhost", "*.company.com", '"ada"@company.com', "Ada <ada@company.com>",
     "a@b@c.de", "https://company.com", "a@[127.0.0.1]", "a\x00@b.de", "<script>alert(1)</script>", "%", "a@b.de,"],
)  # fmt: skip
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(RuleRefused) as refused:
        read(typed)
    assert refused.value.code == "unreadable"


def test_only_the_very_domain_gets_in(add: Add, staff_db: Session, bill_group: BillGroup, clock: Any) -> None:
    """B10."""
    add("company.com")
    inside = {
        email: grant_for(staff_db, email, bill_group.public_id, clock.now()) is not None
        for email in (
            "x@company.com",
            "x@sub.company.com",
            "x@company.com.evil.de",
            "x@evilcompany.com",
            "x@company.co",
        )
    }
    assert inside == {email: email == "x@company.com" for email in inside}


@pytest.mark.parametrize(
    ("typed", "code"), [("gmail.com", "free_mail"), ("co.uk", "suffix"), ("github.io", "suffix")]
)
def test_nobodys_domains_are_refused(add: Add, typed: str, code: str) -> None:
    """B11."""
    with pytest.raises(RuleRefused, match=typed.replace(".", r"\.")) as refused:
        add(typed)
    assert refused.value.code == code
    # A reason alone is not enough: it takes somebody who may.
    with pytest.raises(RuleRefused) as refused:
        add(typed, override_reason="They all work there")
    assert refused.value.code == code


def test_an_owner_lets_them_in_with_a_reason(add: Add) -> None:
    """B11."""
    for reason in (None, "", "  "):
        with pytest.raises(RuleRefused) as refused:
            add("gmail.com", may_override=True, override_reason=reason)
        assert refused.value.code == "reason"
    assert add("gmail.com", may_override=True, override_reason=" A club ").override_reason == "A club"
    with pytest.raises(RuleRefused) as refused:
        add("gmx.net", "owner", may_override=True, override_reason="A club")
    assert refused.value.code == "open_owner"
    # A reason for a domain that needs none says nothing.
    assert add("company.com", may_override=True, override_reason="why not").override_reason is None
    assert add("someone@web.de", may_override=True, override_reason="why not").override_reason is None


def test_an_address_whose_domain_is_in(add: Add) -> None:
    """B12."""
    rule = add("company.com")
    with pytest.raises(RuleRefused, match=r"company\.com") as refused:
        add("ada@company.com")
    assert (refused.value.code, refused.value.rule) == ("covered", rule)
    # Neither a subdomain's address nor a shared mailbox comes in by the domain rule.
    add("ada@sub.company.com")
    add("info@company.com")


def test_a_domain_whose_address_is_in(add: Add) -> None:
    """B12."""
    add("info@company.com")
    add("ada@xcompany.com")
    rule = add("ada@company.com")
    with pytest.raises(RuleRefused, match=r"ada@company\.com") as refused:
        add("company.com")
    assert (refused.value.code, refused.value.rule) == ("covers", rule)
    add("sub.company.com")


def test_the_same_rule_twice(add: Add, make: Any, staff_db: Session, other_bill_group: BillGroup, clock: Any) -> None:
    add("company.com", expires_at=clock.now() + timedelta(days=1))
    add("ada@other.com")
    for typed in ("COMPANY.com.", "Ada@Other.com"):
        with pytest.raises(RuleRefused) as refused:
            add(typed)
        assert refused.value.code == "twice"
    # Another bill group has rules of its own.
    add_rule(staff_db, other_bill_group, "company.com", "owner", now=clock.now())


def test_plus_addresses_and_dots_are_other_people(add: Add, staff_db: Session, bill_group: Any, clock: Any) -> None:
    """B13."""
    for typed in ("ada@gmail.com", "a.da@gmail.com", "ada+x@gmail.com"):
        add(typed)
    assert grant_for(staff_db, "ad.a@gmail.com", bill_group.public_id, clock.now()) is None


def test_an_address_that_a_membership_decides(add: Add, make: Any, bill_group: BillGroup, clock: Any) -> None:
    now = clock.now()
    kept = {"tenant_id": bill_group.tenant_id, "bill_group_id": bill_group.id, "role": "viewer"}
    make.save(Membership(email="in@company.com", **kept))
    make.save(Membership(email="out@company.com", revoked_at=now, **kept))
    for email, code in (("in@company.com", "member"), ("out@company.com", "revoked")):
        with pytest.raises(RuleRefused, match="People") as refused:
            add(email)
        assert refused.value.code == code
    # A membership outranks a domain rule anyway.
    add("company.com")


def test_roles_and_ends(add: Add, staff_db: Session, clock: Any) -> None:
    now = clock.now()
    for role in ("", "boss", "support"):
        with pytest.raises(RuleRefused) as refused:
            add("company.com", role)
        assert refused.value.code == "role"
    with pytest.raises(RuleRefused) as refused:
        add("company.com", expires_at=now)
    assert refused.value.code == "past"
    rule = add("company.com", "owner", expires_at=now + timedelta(days=1))
    assert change_rule(staff_db, rule, role="owner", expires_at=rule.expires_at, now=now) is None
    with pytest.raises(RuleRefused):
        change_rule(staff_db, rule, role="owner", expires_at=now - timedelta(1), now=now)
    before = Rights("owner", expires_at=rule.expires_at)
    assert change_rule(staff_db, rule, role="billing", expires_at=None, now=now) == before
    assert (rule.role, rule.expires_at) == ("billing", None)
    rule.expires_at = now - timedelta(1)
    staff_db.flush()
    assert change_rule(staff_db, rule, role="viewer", expires_at=now - timedelta(1), now=now)


def test_an_expired_rule_still_stands_in_the_way(add: Add, clock: Any) -> None:
    """It would overlap as soon as somebody gave it a new date."""
    add("company.com", expires_at=clock.now() + timedelta(hours=1))
    clock.advance(days=1)
    with pytest.raises(RuleRefused) as refused:
        add("ada@company.com")
    assert refused.value.code == "covered"


def test_a_removed_rule_lets_nobody_in(add: Add, staff_db: Session, bill_group: BillGroup, clock: Any) -> None:
    """A18."""
    rule = add("company.com")
    assert rules_of(staff_db, bill_group) == [rule]
    assert rule_by_public_id(staff_db, bill_group, rule.public_id) is rule
    remove_rule(staff_db, rule)
    assert grant_for(staff_db, "x@company.com", bill_group.public_id, clock.now()) is None
    assert rules_of(staff_db, bill_group) == []


@pytest.mark.parametrize("backend", ["postgres"], indirect=True)
def test_a_rule_that_was_removed_meanwhile(make: Any, bill_group: BillGroup, database: Database, clock: Any) -> None:
    tenant, known = Scope.tenant_wide(bill_group.tenant_id), make.rule(bill_group, "x@company.com")
    with database.session(tenant) as db:
        rule = db.get_one(AccessRule, known.id)
        with database.session(tenant) as other:
            remove_rule(other, other.get_one(AccessRule, known.id))
        for act in (
            lambda: change_rule(db, rule, role="viewer", expires_at=None, now=clock.now()),
            lambda: remove_rule(db, rule),
        ):
            with pytest.raises(RuleRefused, match="meanwhile") as refused:
                act()
            assert refused.value.code == "gone"


def test_a_rule_of_another_bill_group_is_none(
    make: Any, bill_group: BillGroup, other_bill_group: BillGroup, staff_db: Session
) -> None:
    rule = make.rule(other_bill_group, "x@company.com")
    assert rule_by_public_id(staff_db, bill_group, rule.public_id) is None


def at_once(database: Database, bill_group: BillGroup, texts: list[str]) -> list[str]:
    """What comes of adding rules from as many threads at the same moment: their codes, "" for success."""
    gate = Barrier(len(texts))

    def run(text: str) -> str:
        gate.wait()
        with database.session(Scope.tenant_wide(bill_group.tenant_id)) as db:
            group = db.get_one(BillGroup, bill_group.id)
            try:
                add_rule(db, group, text, "viewer", now=database.clock.now())
            except RuleRefused as refused:
                return refused.code
        return ""

    with ThreadPoolExecutor(len(texts)) as pool:
        return list(pool.map(run, texts))


@pytest.mark.parametrize(
    "texts",
    [
        ["company.com"] * 6,
        ["company.com", "ada@company.com"] * 3,
        [*(f"u{number}@company.com" for number in range(5)), "company.com"],
    ],
    ids=["same", "both directions", "a domain over several"],
)
def test_rules_added_at_the_same_moment_never_overlap(
    database: Database, bill_group: BillGroup, texts: list[str]
) -> None:
    """B12: two of the staff in parallel."""
    codes = at_once(database, bill_group, texts)
    assert set(codes) <= {"", "twice", "covered", "covers"}
    with database.session(Scope.tenant_wide(bill_group.tenant_id), write=False) as db:
        rules = db.scalars(select(AccessRule)).all()
    assert len(rules) == codes.count("") >= 1
    emails = [rule.value for rule in rules if rule.kind == "email"]
    assert not any(overlaps(email, rule.value) for email in emails for rule in rules if rule.kind == "domain")
    assert len({(rule.kind, rule.value) for rule in rules}) == len(rules)
