"""The portal with a module from outside the house."""

from __future__ import annotations

import pytest

from dummy_module.models import Note


@pytest.fixture(scope="session")
def plugins():
    return ["services", "dummy_module"]


@pytest.fixture
def write(make):
    """`write(bill_group, "text", author=...)`: a note."""

    def save(bill_group, text, author="ada@customer.test", **values):
        return make.save(
            Note(tenant_id=bill_group.tenant_id, bill_group_id=bill_group.id, author=author, text=text, **values)
        )

    return save


@pytest.fixture
def visitor(testapp, user, signed_in):
    """The owner of `bill_group`, signed in."""
    return signed_in(testapp, user)


@pytest.fixture
def here(bill_group):
    """The address of `bill_group`."""
    return f"/g/{bill_group.public_id}"
