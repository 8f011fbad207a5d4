"""Passkeys of one's login: renamed, removed, and never anybody else's."""

from __future__ import annotations

import json
from typing import Any

from own_steps import rows, told

from riskportal.db.guard import Scope
from riskportal.identity.models import Passkey, StaffMember
from riskportal.tenancy.models import Tenant


def test_passkeys_are_renamed_and_removed(
    visitor: Any, person: Any, at: Any, add_passkey: Any, database: Any, run_jobs: Any, outbox: Any
) -> None:
    first, second = add_passkey(person, "Laptop"), add_passkey(person, "Phone")
    page = visitor.get(at())
    assert "Laptop" in page.text and "2 passkeys" in page.text
    form = visitor.get(at(f"/passkeys/{first.public_id}")).forms["passkey"]
    form["name"] = " <b>Büro</b> "
    page = form.submit("save").follow()
    assert "&lt;b&gt;Büro&lt;/b&gt;" in page.text and "<b>Büro" not in page.text
    for name in ("", "x" * 81, "a\u202eb", "\u200b"):
        form["name"] = name
        answer = form.submit("save", status=400)
        assert answer.html.find(id="passkey-name-problem") is not None, name
    page = visitor.get(at(f"/passkeys/{second.public_id}"))
    removal = next(form for form in page.forms.values() if form.action.endswith("/remove"))
    removal.submit(status=303)
    removal.submit(status=404)
    assert [row.name for row in rows(database, Passkey)] == ["<b>Büro</b>"]
    assert told(run_jobs, outbox) == [
        "A passkey was removed: Phone.",
        "A passkey was renamed: Laptop is now <b>Büro</b>.",
    ]


def test_anothers_passkey_answers_as_an_absent_one(
    visitor: Any, at: Any, add_passkey: Any, make: Any, tenant: Any, bill_group: Any, database: Any, other_tenant: Any
) -> None:
    eve = make.member(bill_group, "eve@customer.test")
    make.save(StaffMember(tenant_id=tenant.id, user_id=eve.id, role="owner"))
    stranger = make.user(other_tenant, "eve@customer.test")
    token = visitor.get(at()).forms[0]["csrf_token"].value
    for passkey in (add_passkey(eve, "Hers"), add_passkey(stranger, "Far")):
        for wanted in (passkey.public_id, passkey.public_id.upper(), str(passkey.id)):
            visitor.get(at(f"/passkeys/{wanted}"), status=404)
            posted = {"csrf_token": token, "__formid__": "passkey", "name": "Mine", "save": "save"}
            visitor.post(at(f"/passkeys/{wanted}"), posted, status=404)
            visitor.post(at(f"/passkeys/{wanted}/remove"), {"csrf_token": token}, status=404)
    assert [row.name for row in rows(database, Passkey)] == ["Hers", "Far"]


def test_only_the_browsers_own_answer_makes_a_passkey(visitor: Any, at: Any, database: Any, tenant: Any) -> None:
    page = visitor.get(at("/passkeys/add"))
    assert "need an address with a name and https" in page.text  # http://portal.test is none
    token = page.forms[0]["csrf_token"].value
    visitor.post(at("/passkeys/add/options"), {"csrf_token": token}, status=404)
    with database.session(Scope.system_wide("test")) as db:
        db.get_one(Tenant, tenant.id).base_url = "http://portal.localhost"
    page = visitor.get(at("/passkeys/add"))
    assert page.html.select_one("main a[href^='http://portal.localhost/']") is not None
    options = visitor.post(at("/passkeys/add/options"), {"csrf_token": token}).json
    assert options["rp"]["id"] == "portal.localhost" and options["excludeCredentials"] == []
    for answer in (
        "",
        "{}",
        "[]",
        "null",
        "x" * 9000,
        json.dumps({"response": {"clientDataJSON": "AAAA"}}),
        "[" * 2500,
    ):
        posted = {"csrf_token": token, "credential": answer, "name": "Evil"}
        landed = visitor.post(at("/passkeys/add"), posted, status=303)
        assert landed.location.endswith("/passkeys/add")
        assert "bad" in landed.follow().html.select_one(".flashes .notice")["class"]
    assert rows(database, Passkey) == []
