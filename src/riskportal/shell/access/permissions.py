"""Permissions of the pages about access, by name."""

from __future__ import annotations

from enum import StrEnum

from riskportal.identity.memberships import MANAGE


class P(StrEnum):
    """`PEOPLE_MANAGE` is of the portal, the others of the console.

    `WRITE` takes in the roles of the portal whole: who holds it may give any of them.
    """

    PEOPLE_MANAGE = MANAGE
    READ = "core.access.read"
    WRITE = "core.access.write"
    OVERRIDE = "core.access.override"
