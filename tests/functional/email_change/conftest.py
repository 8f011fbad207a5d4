"""Somebody with rights of her own, at the page that moves her login to another address."""

from __future__ import annotations

from typing import Any

import pytest
from email_steps import OLD

from riskportal.identity.models import Membership, User


@pytest.fixture
def member(make: Any, bill_group: Any) -> Any:
    """ada@customer.test, owner by a membership of her own, which moves along."""
    make.save(
        Membership(tenant_id=bill_group.tenant_id, bill_group_id=bill_group.id, email=OLD, role="owner", name="Ada")
    )
    return make.save(User(tenant_id=bill_group.tenant_id, email=OLD, name="Ada Lovelace"))


@pytest.fixture
def here(bill_group: Any) -> str:
    return f"/g/{bill_group.public_id}/account/security/email"


@pytest.fixture
def visitor(testapp: Any, signed_in: Any, member: Any) -> Any:
    return signed_in(testapp, member)
