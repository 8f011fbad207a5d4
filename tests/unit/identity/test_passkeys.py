"""Passkeys against A15 of the attack list, on both databases, with an authenticator in software."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from riskportal.db.guard import Scope
from riskportal.identity import passkeys
from riskportal.identity.models import UserSession
from riskportal.identity.passkeys import RelyingParty, relying_party
from riskportal.identity.proofs import ConsoleOnly, ways_of
from riskportal.testing.authenticator import Authenticator
from riskportal.testing.fixtures import NOW

ORIGIN, BROWSER, OTHER_BROWSER = "https://portal.test", "b" * 43, "c" * 43
PARTY = RelyingParty("portal.test", ORIGIN, "Alder Hosting")


@pytest.fixture
def device() -> Authenticator:
    return Authenticator(ORIGIN)


def enrol(db: Any, user: Any, device: Authenticator, name: str = "Laptop", **lies: Any) -> Any:
    options = passkeys.registration_options(db, user, PARTY, BROWSER, NOW)
    return passkeys.register(db, user, device.make(options, **lies), name, PARTY, BROWSER, NOW, via=None)


def come_in(db: Any, answer: str, *, browser: str = BROWSER, now: Any = NOW, user: Any = None) -> Any:
    return passkeys.authenticate(db, answer, PARTY, browser, now, user)


@pytest.mark.parametrize(
    ("base_url", "wanted"),
    [
        ("https://portal.test", ("portal.test", "https://portal.test")),
        ("https://Portal.test:8443", ("portal.test", "https://portal.test:8443")),
        ("http://localhost:6543", ("localhost", "http://localhost:6543")),
        ("http://harbour.localhost:6543", ("harbour.localhost", "http://harbour.localhost:6543")),
        ("http://127.0.0.1:6543", ("localhost", "http://localhost:6543")),
        ("http://[::1]:6543", ("localhost", "http://localhost:6543")),
        ("http://portal.test", None),
        ("https://192.0.2.7", None),
        ("http://192.0.2.7:6543", None),
        ("http://localhost.evil.test", None),
        ("ftp://localhost", None),
        ("https://", None),
    ],
)
def test_where_passkeys_are_made(base_url: str, wanted: Any) -> None:
    party = relying_party(base_url, "Alder")
    assert (party and (party.id, party.origin)) == wanted


def test_a_passkey_is_made_and_comes_in(staff_db: Any, user: Any, device: Authenticator) -> None:
    row = enrol(staff_db, user, device)
    assert (row.name, row.user_id, ways_of(staff_db, user).passkeys) == ("Laptop", user.id, 1)
    options = passkeys.sign_in_options(staff_db, PARTY, BROWSER, NOW)
    assert options["userVerification"] == "required"
    assert not options.get("allowCredentials")
    assert come_in(staff_db, device.sign(options)).id == user.id
    staff_db.refresh(row)
    assert (row.sign_count, row.last_used_at) == (1, NOW)


def test_the_options_ask_for_a_discoverable_verified_passkey(staff_db: Any, user: Any, device: Any) -> None:
    enrol(staff_db, user, device)
    options = passkeys.registration_options(staff_db, user, PARTY, BROWSER, NOW)
    chosen = options["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")
    assert options["rp"] == {"id": "portal.test", "name": "Alder Hosting"}
    assert user.email not in json.dumps(options["user"]["id"])
    assert len(options["excludeCredentials"]) == 1


SIGN_IN_LIES: list[tuple[str, dict[str, Any], str]] = [
    ("other RP id", {"rp_id": "evil.test"}, "wrong"),
    ("other origin", {"origin": "https://evil.test"}, "wrong"),
    ("a sibling's origin", {"origin": "https://portal.test.evil.test"}, "wrong"),
    ("UV=0", {"verified": False}, "wrong"),
    ("an answer to create", {"type": "webauthn.create"}, "wrong"),
    ("a challenge of one's own", {"challenge": "A" * 86}, "over"),
    ("no user handle", {"handle": None}, "unknown"),
    ("somebody else's user handle", {"handle": b"zzzzzzzzzzzzzzzzzzzz"}, "unknown"),
]


@pytest.mark.parametrize(("lies", "reason"), [lie[1:] for lie in SIGN_IN_LIES], ids=[lie[0] for lie in SIGN_IN_LIES])
def test_a15_a_lie_at_sign_in_is_refused(staff_db: Any, user: Any, device: Any, lies: Any, reason: str) -> None:
    enrol(staff_db, user, device)
    options = passkeys.sign_in_options(staff_db, PARTY, BROWSER, NOW)
    with pytest.raises(passkeys.Refused) as refused:
        come_in(staff_db, device.sign(options, **lies))
    assert refused.value.reason == reason
    assert refused.value.message


@pytest.mark.parametrize(
    "lies", [{"rp_id": "evil.test"}, {"origin": "https://evil.test"}, {"verified": False}, {"type": "webauthn.get"}]
)
def test_a15_a_lie_at_registration_is_refused(staff_db: Any, user: Any, device: Any, lies: Any) -> None:
    with pytest.raises(passkeys.Refused) as refused:
        enrol(staff_db, user, device, **lies)
    assert refused.value.reason == "wrong"
    assert ways_of(staff_db, user).passkeys == 0


def test_a15_a_challenge_counts_once_even_after_a_mistake(staff_db: Any, user: Any, device: Any) -> None:
    enrol(staff_db, user, device)
    options = passkeys.sign_in_options(staff_db, PARTY, BROWSER, NOW)
    answer = device.sign(options)
    come_in(staff_db, answer)
    for again in (answer, device.sign(options)):
        with pytest.raises(passkeys.Refused) as refused:
            come_in(staff_db, again)
        assert refused.value.reason == "over"
    options = passkeys.sign_in_options(staff_db, PARTY, BROWSER, NOW)
    with pytest.raises(passkeys.Refused):
        come_in(staff_db, device.sign(options, verified=False))
    with pytest.raises(passkeys.Refused) as refused:
        come_in(staff_db, device.sign(options))
    assert refused.value.reason == "over"


def test_a_challenge_is_for_one_browser_one_purpose_and_five_minutes(
    staff_db: Any, user: Any, device: Any, make: Any, tenant: Any
) -> None:
    other = make.user(tenant, "grace@customer.test")
    enrol(staff_db, user, device)
    sign_in = passkeys.sign_in_options(staff_db, PARTY, BROWSER, NOW)
    step_up = passkeys.sign_in_options(staff_db, PARTY, BROWSER, NOW, user)
    for answer, options in (
        (device.sign(sign_in), {"browser": OTHER_BROWSER}),
        (device.sign(sign_in), {"now": NOW + timedelta(minutes=5)}),
        (device.sign(sign_in), {"user": user}),
        (device.sign(step_up), {}),
        (device.sign(step_up), {"user": other}),
    ):
        with pytest.raises(passkeys.Refused) as refused:
            come_in(staff_db, answer, **options)
        assert refused.value.reason == "over"
    assert come_in(staff_db, device.sign(sign_in), now=NOW + timedelta(minutes=4.9)).id == user.id
    assert come_in(staff_db, device.sign(step_up), user=user).id == user.id


COUNTERS = [(0, 0, True), (0, 1, True), (5, 6, True), (5, 600, True), (5, 5, False), (5, 4, False), (5, 0, False)]


@pytest.mark.parametrize(("known", "given", "fine"), COUNTERS)
def test_a15_a_counter_that_does_not_move_means_a_copy(
    staff_db: Any, user: Any, device: Any, known: int, given: int, fine: bool
) -> None:
    row = enrol(staff_db, user, device)
    row.sign_count = known
    staff_db.flush()
    answer = device.sign(passkeys.sign_in_options(staff_db, PARTY, BROWSER, NOW), count=given)
    if fine:
        assert come_in(staff_db, answer).id == user.id
        return
    with pytest.raises(passkeys.Refused) as refused:
        come_in(staff_db, answer)
    assert (refused.value.reason, refused.value.user.id) == ("copied", user.id)


def test_a15_step_up_takes_ones_own_passkey_only(
    staff_db: Any, user: Any, device: Any, make: Any, tenant: Any
) -> None:
    other, others = make.user(tenant, "grace@customer.test"), Authenticator(ORIGIN)
    enrol(staff_db, user, device)
    enrol(staff_db, other, others)
    options = passkeys.sign_in_options(staff_db, PARTY, BROWSER, NOW, user)
    assert [item["id"] for item in options["allowCredentials"]] == [json.loads(device.sign(options))["id"]]
    with pytest.raises(passkeys.Refused) as refused:
        come_in(staff_db, others.sign(options), user=user)
    assert refused.value.reason == "unknown"


def test_another_tenants_passkey_is_unknown(
    database: Any, user: Any, device: Any, tenant: Any, other_tenant: Any
) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        enrol(db, user, device)
    with database.session(Scope.tenant_wide(other_tenant.id)) as db:
        options = passkeys.sign_in_options(db, PARTY, BROWSER, NOW)
        with pytest.raises(passkeys.Refused) as refused:
            come_in(db, device.sign(options))
    assert refused.value.reason == "unknown"


def test_a_disabled_users_passkey_is_unknown(staff_db: Any, user: Any, device: Any) -> None:
    enrol(staff_db, user, device)
    staff_db.merge(user).disabled_at = NOW
    staff_db.flush()
    with pytest.raises(passkeys.Refused) as refused:
        come_in(staff_db, device.sign(passkeys.sign_in_options(staff_db, PARTY, BROWSER, NOW)))
    assert refused.value.reason == "unknown"


def test_a_passkey_is_set_up_once_and_twenty_are_enough(
    staff_db: Any, user: Any, device: Any, monkeypatch: Any
) -> None:
    options = passkeys.registration_options(staff_db, user, PARTY, BROWSER, NOW)
    answer = device.make(options)
    passkeys.register(staff_db, user, answer, "One", PARTY, BROWSER, NOW, via=None)
    again = json.loads(answer)
    options = passkeys.registration_options(staff_db, user, PARTY, BROWSER, NOW)
    fresh = json.loads(device.make(options))["response"]["clientDataJSON"]
    again["response"]["clientDataJSON"] = fresh
    with pytest.raises(passkeys.Refused) as refused:
        passkeys.register(staff_db, user, json.dumps(again), "Two", PARTY, BROWSER, NOW, via=None)
    assert refused.value.reason == "known"
    monkeypatch.setattr(passkeys, "MOST", 1)
    with pytest.raises(passkeys.Refused) as refused:
        enrol(staff_db, user, device)
    assert refused.value.reason == "many"


def test_passkeys_are_renamed_and_removed_by_their_owner_only(
    staff_db: Any, user: Any, device: Any, make: Any, tenant: Any
) -> None:
    other = make.user(tenant, "grace@customer.test")
    row = enrol(staff_db, user, device)
    assert passkeys.passkey_of(staff_db, other, row.public_id) is None
    passkeys.remove(staff_db, other, row, via=None)
    assert ways_of(staff_db, user).passkeys == 1
    passkeys.rename(staff_db, row, "x" * 200)
    assert len(row.name) == passkeys.NAME_LENGTH
    passkeys.remove(staff_db, user, row, via=None)
    assert ways_of(staff_db, user).passkeys == 0


def test_staff_make_passkeys_in_the_console_only(staff_db: Any, make: Any, tenant: Any, device: Any) -> None:
    staff = make.staff(tenant)
    options = passkeys.registration_options(staff_db, staff, PARTY, BROWSER, NOW)
    answer = device.make(options)
    for kind, fine in (("portal", False), ("staff", True)):
        session = UserSession(kind=kind)
        if fine:
            passkeys.register(staff_db, staff, answer, "Key", PARTY, BROWSER, NOW, via=session)
        else:
            with pytest.raises(ConsoleOnly):
                passkeys.register(staff_db, staff, answer, "Key", PARTY, BROWSER, NOW, via=session)


JUNK = [
    "",
    "null",
    "[]",
    "{}",
    '{"response": 5}',
    '{"response": {}}',
    "[" * 20_000,
    '{"id": 1, "response": {"clientDataJSON": 7}}',
    '{"id": "x", "response": {"clientDataJSON": "AAAA"}}',
    '{"id": "x", "response": {"clientDataJSON": "W10"}}',
    '{"response": {"clientDataJSON": "eyJ0eXBlIjoxLCJjaGFsbGVuZ2UiOjUsIm9yaWdpbiI6e319"}}',
    "x" * 40_000,
    '"\\ud800"',
    # Client data of 20,000 opening brackets.
    json.dumps({"id": "x", "response": {"clientDataJSON": "W1tb" * 6667}}),
]


@pytest.mark.parametrize("answer", JUNK, ids=range(len(JUNK)))
def test_junk_is_refused_and_breaks_nothing(staff_db: Any, user: Any, answer: str) -> None:
    with pytest.raises(passkeys.Refused):
        come_in(staff_db, answer)
    with pytest.raises(passkeys.Refused):
        passkeys.register(staff_db, user, answer, "x", PARTY, BROWSER, NOW, via=None)


@pytest.mark.parametrize(
    "part", ["clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject"]
)
@pytest.mark.parametrize("value", ["", "!!!", "AA", "A" * 500, 5, None, {}, "é"])
def test_broken_parts_are_refused_and_break_nothing(
    staff_db: Any, user: Any, device: Any, part: str, value: Any
) -> None:
    options = passkeys.registration_options(staff_db, user, PARTY, BROWSER, NOW)
    made = json.loads(device.make(options))
    if part in made["response"]:
        made["response"][part] = value
        with pytest.raises(passkeys.Refused):
            passkeys.register(staff_db, user, json.dumps(made), "x", PARTY, BROWSER, NOW, via=None)
    enrol(staff_db, user, device)
    signed = json.loads(device.sign(passkeys.sign_in_options(staff_db, PARTY, BROWSER, NOW)))
    if part in signed["response"]:
        signed["response"][part] = value
        with pytest.raises(passkeys.Refused):
            come_in(staff_db, json.dumps(signed))


@pytest.mark.parametrize("name", ["", "\ud800", "\0", "a\0b", "é", "A" * 1365, 7, None, {}, []])
def test_an_id_that_is_none_is_refused_and_breaks_nothing(staff_db: Any, user: Any, device: Any, name: Any) -> None:
    enrol(staff_db, user, device)
    for asked in (None, user):
        signed = json.loads(device.sign(passkeys.sign_in_options(staff_db, PARTY, BROWSER, NOW, asked)))
        with pytest.raises(passkeys.Refused):
            come_in(staff_db, json.dumps(signed | {"id": name}), user=asked)
    made = json.loads(device.make(passkeys.registration_options(staff_db, user, PARTY, BROWSER, NOW)))
    with pytest.raises(passkeys.Refused):
        passkeys.register(staff_db, user, json.dumps(made | {"id": name}), "x", PARTY, BROWSER, NOW, via=None)


def test_an_id_longer_than_the_standard_allows_is_refused(staff_db: Any, user: Any, device: Any) -> None:
    """Level 3, 7.1: 1023 bytes at most; the library doesn't look, and the column has no room."""
    options = passkeys.registration_options(staff_db, user, PARTY, BROWSER, NOW)
    with pytest.raises(passkeys.Refused):
        passkeys.register(staff_db, user, device.make(options, id_bytes=1024), "x", PARTY, BROWSER, NOW, via=None)
    options = passkeys.registration_options(staff_db, user, PARTY, BROWSER, NOW)
    passkeys.register(staff_db, user, device.make(options, id_bytes=1023), "x", PARTY, BROWSER, NOW, via=None)
    assert come_in(staff_db, device.sign(passkeys.sign_in_options(staff_db, PARTY, BROWSER, NOW))).id == user.id


TRANSPORTS: list[tuple[Any, list[str]]] = [
    (["usb", "internal"], ["internal", "usb"]),
    ([{}], []),
    ([[], 5, None, "\ud800", "usb", "usb"], ["usb"]),
    ({"usb": 1}, []),
    ("usb", []),
]


@pytest.mark.parametrize(("told", "kept"), TRANSPORTS)
def test_transports_that_are_none_are_left_out(
    staff_db: Any, user: Any, device: Any, told: Any, kept: list[str]
) -> None:
    made = json.loads(device.make(passkeys.registration_options(staff_db, user, PARTY, BROWSER, NOW)))
    made["response"]["transports"] = told
    row = passkeys.register(staff_db, user, json.dumps(made), "x", PARTY, BROWSER, NOW, via=None)
    assert row.transports == kept
    passkeys.sign_in_options(staff_db, PARTY, BROWSER, NOW, user)


class OddKey(Exception):
    """As cryptography's own errors: below none of Python's usual ones."""


def test_whatever_the_library_raises_is_a_refusal(staff_db: Any, user: Any, device: Any, monkeypatch: Any) -> None:
    def odd(**_given: Any) -> None:
        raise OddKey()

    enrol(staff_db, user, device)
    monkeypatch.setattr(passkeys, "verify_registration_response", odd)
    monkeypatch.setattr(passkeys, "verify_authentication_response", odd)
    with pytest.raises(passkeys.Refused):
        enrol(staff_db, user, Authenticator(ORIGIN))
    with pytest.raises(passkeys.Refused):
        come_in(staff_db, device.sign(passkeys.sign_in_options(staff_db, PARTY, BROWSER, NOW)))


def test_a_race_for_one_challenge_has_one_winner(database: Any, user: Any, device: Any, tenant: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        enrol(db, user, device)
        options = passkeys.sign_in_options(db, PARTY, BROWSER, NOW)
    answers = [device.sign(options) for _ in range(8)]

    def one(answer: str) -> bool:
        try:
            with database.session(Scope.tenant_wide(tenant.id)) as db:
                come_in(db, answer)
        except passkeys.Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, answers)).count(True) == 1


def test_old_challenges_are_forgotten(staff_db: Any, user: Any) -> None:
    passkeys.sign_in_options(staff_db, PARTY, BROWSER, NOW)
    assert passkeys.purge(staff_db, NOW + timedelta(hours=23)) == 0
    assert passkeys.purge(staff_db, NOW + timedelta(hours=25)) == 1
