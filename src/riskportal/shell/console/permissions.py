"""Permissions of the console's pages by name."""

from __future__ import annotations

from enum import StrEnum


class P(StrEnum):
    """All of the area "staff"; whoever works here holds `VIEW`."""

    VIEW = "core.console.view"
    CUSTOMER_READ = "core.customer.read"
    CUSTOMER_WRITE = "core.customer.write"
    NOTE_WRITE = "core.note.write"
    USER_READ = "core.user.read"
    USER_WRITE = "core.user.write"
    USER_UNLOCK = "core.user.unlock"
