"""A clerk in the console, and the bill group whose portal they look at."""

from __future__ import annotations

from typing import Any

import pytest
import webtest


@pytest.fixture
def clerk(make: Any, tenant: Any) -> Any:
    """Somebody of the tenant's billing staff."""
    return make.staff(tenant, "bea@alder.test", role="billing", name="Bea Clerk")


@pytest.fixture
def console(testapp: Any, signed_in: Any, clerk: Any) -> webtest.TestApp:
    """The clerk's browser, in the console."""
    return signed_in(testapp, clerk, kind="staff")


@pytest.fixture
def page(bill_group: Any) -> str:
    """Where a preview is opened."""
    return f"/staff/bill-groups/{bill_group.public_id}/preview"


@pytest.fixture
def home(bill_group: Any) -> str:
    return f"/g/{bill_group.public_id}/"
