"""Addresses of the console: /staff/... (DESIGN: stable)."""

from __future__ import annotations

from typing import Any

from riskportal.shell.console.permissions import P


def includeme(config: Any) -> None:
    config.include("riskportal.shell.console.tables")
    config.add_staff_route("core.staff_home", "", permission=P.VIEW)
    config.add_staff_route("core.staff_search", "/search", permission=P.VIEW)
    config.add_staff_route("core.staff_language", "/language", permission=P.VIEW)
    config.add_staff_route("core.staff_view_save", "/views", permission=P.VIEW)
    config.add_staff_route("core.staff_view_forget", "/views/{public_id}/delete", permission=P.VIEW)
    _customers(config)
    _bill_groups(config)
    _users(config)


def _customers(config: Any) -> None:
    one = {"record": "core.customer"}
    path = "/customers/{public_id}"
    config.add_staff_route("core.staff_customers", "/customers", permission=P.CUSTOMER_READ)
    config.add_staff_route("core.staff_customer_new", "/customers/new", permission=P.CUSTOMER_WRITE)
    config.add_staff_route("core.staff_customer", path, permission=P.CUSTOMER_READ, **one)
    for name in ("edit", "archive", "restore"):
        config.add_staff_route(f"core.staff_customer_{name}", f"{path}/{name}", permission=P.CUSTOMER_WRITE, **one)
    config.add_staff_route("core.staff_customer_note", f"{path}/notes", permission=P.NOTE_WRITE, **one)
    config.add_staff_route("core.staff_note", f"{path}/notes/{{note}}", permission=P.NOTE_WRITE, **one)
    config.add_staff_route("core.staff_bill_group_new", f"{path}/bill-groups", permission=P.CUSTOMER_WRITE, **one)


def _bill_groups(config: Any) -> None:
    one = {"record": "core.bill_group"}
    path = "/bill-groups/{public_id}"
    config.add_staff_route("core.staff_bill_group", path, permission=P.CUSTOMER_READ, **one)
    for name in ("edit", "close", "reopen"):
        config.add_staff_route(f"core.staff_bill_group_{name}", f"{path}/{name}", permission=P.CUSTOMER_WRITE, **one)
    # The pages are those of the portal (shell.account.views.contacts).
    contacts, write = f"{path}/contacts", {"permission": P.CUSTOMER_WRITE, **one}
    config.add_staff_route("core.staff_add_contact", f"{contacts}/add/{{kind}}", **write)
    config.add_staff_route("core.staff_contact", f"{contacts}/{{contact}}", **write)
    config.add_staff_route("core.staff_remove_contact", f"{contacts}/{{contact}}/remove", **write)
    config.add_staff_route("core.staff_bill_group_note", f"{path}/notes", permission=P.NOTE_WRITE, **one)


def _users(config: Any) -> None:
    path = "/users/{public_id}"
    config.add_staff_route("core.staff_users", "/users", permission=P.USER_READ)
    config.add_staff_route("core.staff_user", path, permission=P.USER_READ, record="core.user")
    for name in ("disable", "enable", "sessions"):
        config.add_staff_route(
            f"core.staff_user_{name}", f"{path}/{name}", permission=P.USER_WRITE, record="core.user"
        )
    config.add_staff_route(
        "core.staff_user_second_step",
        f"{path}/second-step",
        permission=P.USER_UNLOCK,
        record="core.user",
        step_up=True,
    )
