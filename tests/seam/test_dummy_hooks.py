"""Every hook, used by a module that the house doesn't know: one test each, with the core untouched."""

from __future__ import annotations

import argparse
import json

import pytest
from sqlalchemy import select

from dummy_module.models import Note
from dummy_module.services import INotes
from riskportal.audit.models import AuditEntry
from riskportal.db.guard import Scope
from riskportal.mail.models import OutgoingMail
from riskportal.plug import RecordRef
from riskportal.portfolio.base import PortfolioError
from riskportal.portfolio.loader import Loader
from riskportal.tenancy.services import set_setting


def write_note(visitor, here, text, status=303):
    form = visitor.get(f"{here}/dummy/write").forms["form"]
    form["text"] = text
    return form.submit("save", status=status)


def test_hook_includeme(visitor, here):
    """Routes and views of the module answer; the contract of another module is there without importing it."""
    page = visitor.get(f"{here}/dummy")
    assert "Services are known" in page.text


def test_hook_includeme_contract(app, portal):
    module, make = app.registry.contracts[INotes]
    assert module == "dummy"
    assert callable(make)


def test_hook_nav_entries(visitor, here, bill_group, write):
    write(bill_group, "unanswered")
    link = visitor.get(f"{here}/").html.find("nav").find("a", href=f"{here}/dummy")
    assert "Notes" in link.text
    assert "1" in link.text


def test_hook_nav_entries_without_permission(make, bill_group, testapp, signed_in, here):
    viewer = make.member(bill_group, "viewer@customer.test", role="viewer")
    assert signed_in(testapp, viewer).get(f"{here}/").html.find("a", href=f"{here}/dummy") is None


def test_hook_permissions(make, bill_group, testapp, signed_in, here):
    reader = make.member(bill_group, "reader@customer.test", role="technical")
    signed_in(testapp, reader).get(f"{here}/dummy", status=200)
    testapp.get(f"{here}/dummy/write", status=403)


def test_hook_settings_schema(database, portal, tenant, visitor, here):
    assert "Write it down." in visitor.get(f"{here}/dummy").text
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        own = db.get(type(tenant), tenant.id)
        set_setting(db, own, portal.seam.settings["dummy.motto"], "Paper is patient.")
    assert "Paper is patient." in visitor.get(f"{here}/dummy").text


def test_hook_jobs(visitor, here, run_jobs, outbox):
    write_note(visitor, here, "Please call us.").follow(status=200)
    assert outbox() == []
    run_jobs()
    assert len(outbox()) == 1


def test_hook_jobs_are_not_started_when_the_page_fails(visitor, here, database, tenant, run_jobs, outbox):
    write_note(visitor, here, "fail, please", status=500)
    run_jobs()
    assert outbox() == []
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert (db.scalars(select(Note)).all(), db.scalars(select(AuditEntry)).all()) == ([], [])


def test_hook_jobs_recurring(bill_group, write, database, run_jobs):
    note = write(bill_group, "tidy me")
    run_jobs(recurring=True)
    with database.session(Scope.bill_group(bill_group.tenant_id, bill_group.id)) as db:
        assert db.get(Note, note.id).answer == "tidied"


def test_hook_emails(visitor, here, run_jobs, outbox, database, tenant, bill_group):
    write_note(visitor, here, "Bitte <b>anrufen</b>")
    run_jobs()
    (mail,) = outbox()
    assert (mail["subject"], mail["to"]) == ("Notiz von ada@customer.test", tenant.sender_address)
    assert "Bitte <b>anrufen</b>" in mail.get_body(("plain",)).get_content()
    assert "Bitte &lt;b&gt;anrufen&lt;/b&gt;" in mail.get_body(("html",)).get_content()
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert db.scalars(select(OutgoingMail)).one().bill_group_id == bill_group.id


def test_hook_audit_events(visitor, here, database, tenant, portal, user):
    write_note(visitor, here, "Note this")
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        entry = db.scalars(select(AuditEntry).where(AuditEntry.code == "dummy.note_written")).one()
        assert (entry.data, entry.actor_id, entry.record_kind) == ({"author": user.email}, user.id, "dummy.note")
    assert portal.seam.audit_events[entry.code].label == "Note written"


def test_hook_record_kinds(visitor, here, bill_group, other_bill_group, write):
    """A record's page loads in its own bill group only; a foreign one answers as an absent one."""
    own, foreign = write(bill_group, "ours"), write(other_bill_group, "theirs")
    assert "ours" in visitor.get(f"{here}/dummy/{own.public_id}").text
    absent = visitor.get(f"{here}/dummy/{'x' * 20}", status=404)
    assert visitor.get(f"{here}/dummy/{foreign.public_id}", status=404).html.h1 == absent.html.h1


def test_hook_importers(database, portal, tenant):
    loader = Loader(database, portal.seam.importers.values(), portal.blobs, modules=("services", "dummy"))
    file = {
        "format": "riskportal/1",
        "tenant": "portal.test",
        "customers": [{"ref": "c", "number": "C-1", "name": "Cust", "legal_name": "Cust Ltd"}],
        "bill_groups": [{"ref": "g", "customer": "c", "name": "Group", "currency": "EUR", "language": "en"}],
        "notes": [{"ref": "n", "bill_group": "g", "author": "mara@northwind.example", "text": "Loaded"}],
    }
    report = loader.load(file)
    assert "notes" in str(report)
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert [note.text for note in db.scalars(select(Note))] == ["Loaded"]
    wrong = {**file, "notes": [{"ref": "n", "bill_group": "nobody", "author": "m", "txt": "?"}]}
    with pytest.raises(PortfolioError) as caught:
        loader.load(wrong)
    assert "notes[0]" in str(caught.value)


def test_hook_personal_data(database, portal, user, bill_group, write):
    write(bill_group, "mine")
    write(bill_group, "yours", author="grace@customer.test")
    data = portal.seam.personal_data["dummy.notes"]
    with database.session(Scope.tenant_wide(user.tenant_id)) as db:
        assert [(name, json.loads(content)) for name, content in data.export(db, user)] == [("notes.json", ["mine"])]
        data.erase(db, user)
    with database.session(Scope.tenant_wide(user.tenant_id)) as db:
        assert [note.text for note in db.scalars(select(Note))] == ["yours"]


def test_hook_dashboard_cards(visitor, here, bill_group, write):
    write(bill_group, "one")
    assert "1 note" in visitor.get(f"{here}/").html.find(id="dummy-card").text


@pytest.mark.parametrize("trouble", ["broken card", "broken template"])
def test_hook_dashboard_cards_that_fail_cost_only_themselves(visitor, here, bill_group, write, trouble):
    write(bill_group, trouble)
    page = visitor.get(f"{here}/", status=200)
    assert page.html.find(id="dummy-card") is None
    assert "Notebook" in page.html.main.text
    assert "could not be loaded" in page.html.main.text
    assert page.html.find(id="needs-you") is not None


def test_hook_attention(visitor, here, bill_group, write):
    note = write(bill_group, "asked", answer="answered")
    needs = visitor.get(f"{here}/").html.find(id="needs-you")
    assert "Your note was answered" in needs.text
    assert needs.find("a", href=f"{here}/dummy/{note.public_id}")


def test_hook_search(visitor, here, bill_group, other_bill_group, write):
    write(bill_group, "needle in our haystack")
    write(other_bill_group, "needle in theirs")
    found = visitor.get(f"{here}/search", {"q": "needle"}).text
    assert "needle in our haystack" in found
    assert "needle in theirs" not in found


def test_hook_record_panels(visitor, here, bill_group, write, app):
    note = write(bill_group, "four")
    assert "4 letters" in visitor.get(f"{here}/dummy/{note.public_id}").html.find(class_="dummy-panel").text


def test_hook_record_panels_on_another_modules_record(app, portal, bill_group, write):
    """The services module shows the notes about a service, though neither knows the other."""
    ref = RecordRef("services.service", "b" * 20)
    write(bill_group, "about it", about_kind=ref.kind, about_id=ref.public_id)
    modules = portal.seam.modules
    (dummy,) = [loaded for loaded in modules if loaded.module.name == "dummy"]
    with portal.database.session(Scope.bill_group(bill_group.tenant_id, bill_group.id), write=False) as db:
        request = type("Request", (), {"db": db})()
        panels = list(modules.call(dummy, "record_panels", request=request, ref=ref))
    assert [panel.context["text"] for panel in panels] == ["about it"]


def test_hook_commands(portal, capsys):
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers()
    for loaded in portal.seam.modules:
        portal.seam.modules.call(loaded, "commands", subparsers=subparsers)
    arguments = parser.parse_args(["notes-greet", "Ada"])
    assert arguments.func(arguments, portal) == 0
    assert capsys.readouterr().out == "Hello Ada, 2 modules are loaded.\n"


def test_german_comes_from_the_modules_own_catalogue(visitor, here):
    visitor.set_cookie("rp_language", "de")
    assert "Notizen" in visitor.get(f"{here}/dummy", headers={"Accept-Language": "de"}).html.find("nav").text
