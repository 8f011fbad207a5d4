"""A module with mails of every sort, and `write(bill_group, ...)`, which sends one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from webtest import TestApp

from riskportal.app import Portal
from riskportal.clock import FixedClock
from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.identity.models import User
from riskportal.mail.models import OutgoingMail
from riskportal.mail.services import mark_failed, mark_sent
from riskportal.tenancy.models import Tenant

LETTERS = """
from pyramid.response import Response
from riskportal.plug import Email, Module, Permission, hookimpl

MODULE = Module("letters", title="Letters", version="1")

def send(context, request):
    request.send_mail(request.POST["kind"], "ada@customer.test", what="Sent from a page", text="")
    if "crash" in request.POST:
        raise RuntimeError("business failed")
    return Response("sent")

@hookimpl
def includeme(config):
    config.add_portal_route("letters.send", "/send", permission="letters.letter.send")
    config.add_view(send, route_name="letters.send", request_method="POST")

@hookimpl
def permissions():
    yield Permission("letters.letter.send", "Send letters", "portal", ("owner",))
    yield Permission("letters.bill.read", "Read bills", "portal", ("owner",))
    yield Permission("letters.bill.staff_read", "Read bills", "staff", ("billing",))

@hookimpl
def emails():
    yield Email("letters.plain", "Plain letter", "letters_mod:plain", ("what", "text"),
        {"what": "Sample", "text": "Text"}, category="account")
    yield Email("letters.bill", "About a bill", "letters_mod:plain", ("what", "text"),
        {"what": "Sample", "text": "Text"}, category="account",
        about=("letters.bill.read", "letters.bill.staff_read"))
    yield Email("letters.own", "About a login", "letters_mod:plain", ("what", "text"),
        {"what": "Sample", "text": "Text"})
    yield Email("letters.secret", "Letter with a link", "riskportal:templates/email/sign_in",
        ("link", "code", "minutes"), {"link": "https://x.test/", "code": "K7", "minutes": 5},
        secrets=("link", "code"), category="account")
"""
SECRET = {"link": "https://portal.test/secret-token", "code": "K7QP-3MXD", "minutes": 5}


@pytest.fixture
def portal_settings(portal_settings: dict[str, str], tmp_path: Path, monkeypatch: Any) -> dict[str, str]:
    """With a module that sends letters, some with links and codes."""
    folder = tmp_path / "letters_mod"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "plugin.py").write_text(dedent(LETTERS))
    (folder / "plain.subject.jinja2").write_text("{{ what }}")
    for kind in ("txt", "html"):
        (folder / f"plain.{kind}.jinja2").write_text(
            '{% extends "riskportal:templates/email/layout.' + kind + '.jinja2" %}\n'
            "{% block content %}{{ what }}: the body of the mail. {{ text }}{% endblock %}"
        )
    monkeypatch.syspath_prepend(tmp_path)
    return {**portal_settings, "riskportal.plugins": portal_settings["riskportal.plugins"] + " letters_mod"}


@pytest.fixture
def write(portal: Portal, clock: FixedClock) -> Callable[..., OutgoingMail]:
    """`write(bill_group, what="...", state="failed")`: a mail to it, a minute after the one before."""

    def make(group: BillGroup, to: str = "ada@customer.test", state: str = "sent", **given: Any) -> OutgoingMail:
        clock.advance(minutes=1)
        files, kind = given.pop("files", ()), given.pop("kind", "letters.plain")
        values = SECRET if kind == "letters.secret" else {"what": "Letter", "text": "", **given}
        with portal.database.session(Scope.tenant_wide(group.tenant_id)) as db:
            tenant = db.get_one(Tenant, group.tenant_id)
            mail = portal.mailer.compose(
                db, tenant, kind, to=to, values=values, language="en", bill_group_id=group.id, attachments=files
            )
            db.flush()
            if state == "sent":
                mark_sent(db, mail)
            elif state == "failed":
                mark_failed(db, mail.public_id, "the mail server answered 550 5.1.1 <***@***> no such mailbox")
        return mail

    return make


@pytest.fixture
def here(bill_group: BillGroup) -> str:
    return f"/g/{bill_group.public_id}/account/emails"


@pytest.fixture
def ada(testapp: TestApp, signed_in: Any, user: User) -> TestApp:
    """The owner's browser."""
    return signed_in(testapp, user)


@pytest.fixture
def sam(testapp: TestApp, signed_in: Any, make: Any, tenant: Tenant) -> TestApp:
    """A browser in the console, of an owner at the provider."""
    return signed_in(testapp, make.staff(tenant), kind="staff")
