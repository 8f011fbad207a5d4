"""A password for one's login: set, changed, removed, and judged while it is typed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from own_steps import GOOD, codes_of, press, rows, told

from riskportal.db.guard import Scope
from riskportal.identity import passwords
from riskportal.identity.models import Password


def test_a_password_is_set_changed_and_removed(
    visitor: Any, person: Any, at: Any, add_passkey: Any, database: Any, run_jobs: Any, outbox: Any
) -> None:
    add_passkey(person)
    form = visitor.get(at("/password")).forms["password"]
    form["password"] = form["again"] = f"  {GOOD} "  # taken exactly as typed
    page = form.submit("save").follow()
    assert "Your password is set." in page.text
    with database.session(Scope.tenant(person.tenant_id)) as db:
        assert passwords.verify(db, person, f"  {GOOD} ") and not passwords.verify(db, person, GOOD)
    page = visitor.get(at("/password"))
    assert GOOD not in page.text and "Change password" in page.text
    form = page.forms["password"]
    form["password"] = form["again"] = GOOD * 2
    form.submit("save", status=303)
    page = press(visitor.get(at("/password")), "/remove").follow()
    assert "You have no password any more." in page.text
    assert rows(database, Password) == []
    assert told(run_jobs, outbox) == [
        "A password was set for your login.",
        "A password was set for your login.",
        "The password of your login was removed.",
    ]
    assert codes_of(database) == ["core.password_set"] * 2 + ["core.password_removed"]


def test_removing_twice_tells_once(visitor: Any, person: Any, at: Any, add_passkey: Any, database: Any) -> None:
    add_passkey(person)
    form = visitor.get(at("/password")).forms["password"]
    form["password"] = form["again"] = GOOD
    form.submit("save")
    removal = next(f for f in visitor.get(at("/password")).forms.values() if f.action.endswith("/remove"))
    for _ in range(2):
        removal.submit(status=303)
    assert codes_of(database).count("core.password_removed") == 1


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "at least 12"),
        ("aaaaaaaaaaaaaaaa", "Repeats"),
        ("passwordpassword", "Repeats"),
        ("qwertyuiopasdf", "tried first"),
        ("adacustomertest", "your name|at least"),
        ("x" * 5000, "at most|longer"),
        ("", "fill this in"),
    ],
)
def test_weak_passwords_are_refused_beside_the_field(
    testapp: Any, signed_in: Any, user: Any, bill_group: Any, database: Any, password: str, why: str
) -> None:
    visitor = signed_in(testapp, user)
    form = visitor.get(f"/g/{bill_group.public_id}/account/security/password").forms["password"]
    form["password"] = form["again"] = password
    answer = form.submit("save", status=400)
    problem = answer.html.find(id="password-password-problem")
    assert problem is not None and re.search(why, problem.text), problem
    assert answer.html.find(attrs={"data-errors": True}) is not None
    assert password in ("", "short") or password not in answer.text
    form["password"], form["again"] = GOOD, GOOD + "!"
    assert form.submit("save", status=400).html.find(id="password-again-problem") is not None
    assert rows(database, Password) == []


def test_the_meter_judges_as_the_form_does(visitor: Any, at: Any, person: Any) -> None:
    token = visitor.get(at("/password")).forms["password"]["csrf_token"].value
    scores = {}
    for typed in ("a", "alder hosting staff", GOOD, "x" * 5000, "ẞ€\u202e" * 9, " "):
        answer = visitor.post(at("/password/strength"), {"csrf_token": token, "password": typed})
        assert answer.headers["Cache-Control"] == "private, no-store"
        scores[typed] = answer.json["score"]
        assert bool(answer.json["hint"]) == (answer.json["score"] < 3)
    assert scores["a"] == 0 and scores[GOOD] >= 3 and scores["x" * 5000] < 3
    visitor.post(at("/password/strength"), {"password": GOOD}, status=400)
    for _ in range(90):
        answer = visitor.post(at("/password/strength"), {"csrf_token": token, "password": "a"}, status=[200, 429])
    assert answer.status_int == 429
