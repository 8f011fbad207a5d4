"""Permissions of the pages about mails by name."""

from __future__ import annotations

from enum import StrEnum


class P(StrEnum):
    """`READ` is of the portal, the others of the console."""

    READ = "core.mail.read"
    STAFF_READ = "core.mail.staff_read"
    STAFF_SEND = "core.mail.staff_send"
    TEXT_WRITE = "core.mail_text.write"
