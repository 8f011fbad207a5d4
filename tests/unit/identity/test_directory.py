"""What lets a user into which bill groups, as the console lists it."""

from __future__ import annotations

from typing import Any

import pytest

from riskportal.identity import directory
from riskportal.identity.directory import reached_by
from riskportal.identity.models import Membership


def test_own_rights_beyond_the_listed_ones_outrank_rules_as_well(
    make: Any, tenant: Any, customer: Any, staff_db: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MOST_REACHED", 3)
    user = make.user(tenant, "ada@d.test")
    groups = {name: make.bill_group(customer, name=name) for name in "EDCBAZ"}
    for name in "EDCBA":
        own = {"tenant_id": tenant.id, "bill_group_id": groups[name].id, "email": user.email, "role": "viewer"}
        make.save(Membership(**own, revoked_at=clock.now()))
    # Of "E" the own rights are not among the first three.
    for name in "ZEA":
        make.rule(groups[name], "d.test", kind="domain")
    found = [(item.group.name, item.state) for item in reached_by(staff_db, user, clock.now())]
    assert found == [
        ("A", "revoked"), ("A", "outranked"), ("B", "revoked"), ("C", "revoked"), ("E", "outranked"), ("Z", "open"),
    ]  # fmt: skip
