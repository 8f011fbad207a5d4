"""Who opens the console in these tests."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def colleague(browser: Any, make: Any, tenant: Any, signed_in: Any) -> Any:
    """`colleague("support")`: a browser of somebody in that role; of the same person when asked again."""
    known: dict[str, Any] = {}

    def open_one(role: str = "owner") -> Any:
        if role not in known:
            known[role] = make.staff(tenant, f"{role}@alder.test", role=role, name=f"Sam {role.title()}")
        return signed_in(browser(), known[role], kind="staff")

    return open_one


@pytest.fixture
def stranger(browser: Any, make: Any, other_tenant: Any, signed_in: Any) -> Any:
    """A browser of the owner of another provider on the same installation."""
    return signed_in(browser("other.test"), make.staff(other_tenant, "eve@other.test"), kind="staff")
