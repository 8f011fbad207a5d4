"""Permissions of the account pages by name."""

from __future__ import annotations

from enum import StrEnum


class P(StrEnum):
    """`SELF` is about one's own login only; everybody holds it. So is `STAFF_SELF`, in the console."""

    SELF = "core.account.view"
    STAFF_SELF = "core.staff_account.view"
    DETAILS_READ = "core.details.read"
    DETAILS_WRITE = "core.details.write"
    PEOPLE_MANAGE = "core.people.manage"
