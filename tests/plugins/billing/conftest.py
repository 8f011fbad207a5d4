"""Fixtures of the billing tests; see billing_books.py."""

from __future__ import annotations

import pytest
from billing_books import Books

from riskportal.customers.models import BillGroup
from riskportal.db.session import Database


@pytest.fixture
def books(database: Database, bill_group: BillGroup) -> Books:
    """Books of the bill group that `user` reaches."""
    return Books(database, bill_group)


@pytest.fixture
def other_books(database: Database, other_bill_group: BillGroup) -> Books:
    """Books of somebody else's bill group."""
    return Books(database, other_bill_group)
