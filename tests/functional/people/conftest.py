"""Browsers of the people of an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import webtest
from people_steps import OfTenant, member

from riskportal.customers.models import BillGroup
from riskportal.identity.models import User


@pytest.fixture
def ada(testapp: webtest.TestApp, user: User, signed_in: Callable[..., Any]) -> webtest.TestApp:
    """A browser of the account's owner."""
    return signed_in(testapp, user)


@pytest.fixture
def url(bill_group: BillGroup) -> str:
    return f"/g/{bill_group.public_id}/account/people"


@pytest.fixture
def visitor(make: Any, bill_group: BillGroup, browser: Any, signed_in: Any) -> Callable[..., webtest.TestApp]:
    """`visitor(email, **membership)`: a browser of somebody with own rights."""

    def visit(email: str, **values: Any) -> webtest.TestApp:
        member(make, bill_group, email, **values)
        return signed_in(browser(), make.user(OfTenant(bill_group.tenant_id), email, name="Bob"))

    return visit
