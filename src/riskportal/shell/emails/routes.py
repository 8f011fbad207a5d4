"""Addresses of the pages about mails."""

from __future__ import annotations

from typing import Any

from riskportal.shell.emails.permissions import P

# Below one mail: its HTML in a frame of its own, its files, and sending it once more.
_PARTS = (("content", "/content"), ("file", "/files/{position}"), ("again", "/again"))


def includeme(config: Any) -> None:
    one = {"record": "core.mail"}
    config.add_portal_route("core.emails", "/account/emails", permission=P.READ)
    config.add_portal_route("core.email", "/account/emails/{public_id}", permission=P.READ, **one)
    config.add_staff_route("core.staff_emails", "/emails", permission=P.STAFF_READ)
    config.add_staff_route("core.staff_email", "/emails/{public_id}", permission=P.STAFF_READ, **one)
    for name, end in _PARTS:
        config.add_portal_route(f"core.email_{name}", f"/account/emails/{{public_id}}{end}", permission=P.READ, **one)
        may = P.STAFF_SEND if name == "again" else P.STAFF_READ
        config.add_staff_route(f"core.staff_email_{name}", f"/emails/{{public_id}}{end}", permission=may, **one)
    text = "/settings/mail-texts/{kind}/{language}"
    config.add_staff_route("core.mail_texts", "/settings/mail-texts", permission=P.TEXT_WRITE)
    config.add_staff_route("core.mail_text", text, permission=P.TEXT_WRITE)
    for name in ("preview", "test", "reset"):
        config.add_staff_route(f"core.mail_text_{name}", f"{text}/{name}", permission=P.TEXT_WRITE)
