"""Somebody at the pages of their own login, as a customer in the portal and as staff in the console."""

from __future__ import annotations

from typing import Any

import pytest

from riskportal.identity.models import Passkey


@pytest.fixture(params=["portal", "staff"])
def area(request: Any) -> str:
    """Every test here runs in both."""
    return str(request.param)


@pytest.fixture
def person(area: str, user: Any, make: Any, tenant: Any) -> Any:
    """ada@customer.test in the portal, staff@alder.test in the console."""
    return make.staff(tenant, role="read_only") if area == "staff" else user


@pytest.fixture
def visitor(testapp: Any, signed_in: Any, person: Any, area: str) -> Any:
    """`person` in their browser."""
    return signed_in(testapp, person, kind=area)


@pytest.fixture
def at(area: str, bill_group: Any) -> Any:
    """`at("/password")`: the address of a page of one's own login."""

    def address(below: str = "") -> str:
        start = "/staff" if area == "staff" else f"/g/{bill_group.public_id}"
        return f"{start}/account/security{below}"

    return address


@pytest.fixture
def add_passkey(make: Any, clock: Any) -> Any:
    """`add_passkey(user, "Laptop")`: a passkey as if a browser had made it."""

    def add(user: Any, name: str = "Laptop") -> Passkey:
        return make.save(
            Passkey(
                tenant_id=user.tenant_id, user_id=user.id, name=name, credential_id=f"id-{make.number()}",
                public_key="a2V5", sign_count=0, transports=[], backed_up=False, created_at=clock.now(),
            )
        )  # fmt: skip

    return add
