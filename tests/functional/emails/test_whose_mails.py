"""Whose a mail is: the bill group's on whose page it was sent, nobody's when it is about a login."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from webtest import TestApp

from riskportal.db.guard import Scope
from riskportal.jobs.models import JobRow
from riskportal.mail.models import OutgoingMail
from riskportal.mail.rendering import MailError
from riskportal.tenancy.models import Tenant


def send(ada: TestApp, bill_group: Any, kind: str, status: int = 200, **more: str) -> None:
    token = ada.get(f"/g/{bill_group.public_id}/account/emails").html.find("input", {"name": "csrf_token"})["value"]
    data = {"csrf_token": token, "kind": kind, **more}
    ada.post(f"/g/{bill_group.public_id}/letters/send", data, status=status)


def stored(database: Any, tenant: Any) -> list[tuple[int | None, int | None]]:
    """The bill groups of mails and of the jobs that deliver them."""
    with database.session(Scope.tenant_wide(tenant.id), write=False) as db:
        mails = db.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()
        jobs = db.scalars(select(JobRow).where(JobRow.name == "mail.deliver").order_by(JobRow.id)).all()
        return [(mail.bill_group_id, job.bill_group_id) for mail, job in zip(mails, jobs, strict=True)]


def test_a_letter_about_the_account_is_the_bill_groups(
    ada: TestApp, here: str, bill_group: Any, database: Any, tenant: Any
) -> None:
    send(ada, bill_group, "letters.plain")
    assert stored(database, tenant) == [(bill_group.id, bill_group.id)]
    assert "Sent from a page" in ada.get(here)


def test_a_letter_about_a_login_is_nobodys(
    ada: TestApp, here: str, bill_group: Any, database: Any, tenant: Any, run_jobs: Any, outbox: Any
) -> None:
    send(ada, bill_group, "letters.own")
    assert stored(database, tenant) == [(None, None)]
    assert "Sent from a page" not in ada.get(here)
    run_jobs()
    assert [mail["Subject"] for mail in outbox()] == ["Sent from a page"]


@pytest.mark.parametrize("kind", ["letters.plain", "letters.own"])
def test_nothing_is_sent_when_the_page_fails(
    ada: TestApp, bill_group: Any, kind: str, database: Any, tenant: Any
) -> None:
    send(ada, bill_group, kind, status=500, crash="yes")
    assert stored(database, tenant) == []


def test_a_bill_groups_session_cannot_make_it_its_own(portal: Any, tenant: Any, bill_group: Any) -> None:
    values = {"what": "x", "text": "x"}
    with portal.database.session(Scope.bill_group(tenant.id, bill_group.id)) as db:
        owner = db.get_one(Tenant, tenant.id)
        with pytest.raises(MailError, match="belongs to no bill group"):
            portal.mailer.compose(db, owner, "letters.own", to="a@b.test", values=values)
    with portal.database.session(Scope.tenant_wide(tenant.id)) as db:
        owner = db.get_one(Tenant, tenant.id)
        mail = portal.mailer.compose(
            db, owner, "letters.own", to="a@b.test", values=values, bill_group_id=bill_group.id
        )
        assert mail.bill_group_id is None


def test_every_kind_of_the_portal_is_about_something(portal: Any) -> None:
    categories = {email.name: email.category for email in portal.seam.emails.values()}
    assert categories["core.sign_in"] == "security" and categories["billing.invoice"] == "billing"
    assert categories["core.details_changed"] == "account"
    # Whoever reads an account's mails reads of them what their own permissions cover (B19).
    ours = [email for email in portal.seam.emails.values() if not email.name.startswith("letters.")]
    assert all(email.about for email in ours if email.category != "security")
    # Whoever forgets to name a category makes a mail that nobody can turn off and no account shows.
    about_logins = {name for name, category in categories.items() if category == "security"} - {"letters.own"}
    assert about_logins == {
        "core.sign_in", "core.new_device", "core.staff_setup", "core.prove_code", "core.security_changed",
        "core.email_confirm", "core.email_taken", "core.email_asked", "core.email_changed",
    }  # fmt: skip
