"""Passwords against A16 of the attack list: exact bytes, bounded length, refused when easy, equal work for nobody."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.identity import passwords
from riskportal.identity.models import Password, UserSession
from riskportal.identity.proofs import ConsoleOnly, ways_of
from riskportal.testing.fixtures import NOW

GOOD = "velvet otter paints clouds"


def put(db: Any, user: Any, password: str = GOOD) -> None:
    passwords.set_password(db, user, password, NOW, known=passwords.known_words(user, "Alder Hosting"), via=None)


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "  leading and trailing blanks  ",
        "nul\0in the middle of words",
        "Üppige Ölfarben übertönen Ähren",
        "emoji 🦦 paints the clouds",
        "a\u0308 decomposed stays decomposed",
        "x9 " + "very long " * 400,
    ],
)
def test_a16_a_password_is_taken_exactly_as_typed(staff_db: Any, user: Any, password: str) -> None:
    put(staff_db, user, password)
    assert passwords.verify(staff_db, user, password)
    for other in (
        password.strip() + "!",
        password[:-1],
        password + " ",
        password.replace("\0", ""),
        password.upper(),
    ):
        assert passwords.verify(staff_db, user, other) == (other == password)


def test_strength_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each judgement takes some 20 ms of a core, at every key that is pressed."""
    asked: list[str] = []
    judge = passwords.zxcvbn

    def counted(password: str, **options: Any) -> Any:
        asked.append(password)
        return judge(password, **options)

    monkeypatch.setattr(passwords, "zxcvbn", counted)
    assert passwords.strength(GOOD) == (4, None)
    score, problem = passwords.strength("alder hosting alder hosting", ["alder", "hosting"])
    assert score < passwords.WEAKEST and problem is not None
    assert len(asked) == 2


@pytest.mark.parametrize(
    "password",
    [
        "|7g6!5x8&7(353#l0oi(9tbx+c[i6x|it{bz#(1!@a00zzgg&04|x(9[@95|b26<$ga8(o8%",
        "4@8({[<369!1|0$5+7%2" * 200,
        "pa$$w0rd!1|4@8({[<369" * 3,
    ],
)
def test_what_is_hard_to_judge_is_judged_within_bounds(password: str) -> None:
    """zxcvbn tries every reading of signs that may stand for letters: one such password took four seconds."""
    started = time.process_time()
    passwords.strength(password, ["ada", "customer"])
    assert time.process_time() - started < 2


def test_a16_cut_off_folded_or_composed_is_another_password(staff_db: Any, user: Any) -> None:
    put(staff_db, user, "  leading and trailing blanks  ")
    assert not passwords.verify(staff_db, user, "leading and trailing blanks")
    put(staff_db, user, "nul\0in the middle of words")
    assert not passwords.verify(staff_db, user, "nul")
    put(staff_db, user, "a\u0308 decomposed stays decomposed")
    assert not passwords.verify(staff_db, user, "ä decomposed stays decomposed")
    put(staff_db, user, "pw " + "x7" * 200)
    assert not passwords.verify(staff_db, user, ("pw " + "x7" * 200)[:72])


def test_a16_a_million_characters_cost_what_any_password_costs(staff_db: Any, user: Any) -> None:
    put(staff_db, user)
    started = time.process_time()
    assert not passwords.verify(staff_db, user, "x" * 1_000_000)
    assert time.process_time() - started < 2
    assert not passwords.verify(staff_db, user, "\ud800" * 20)


OBJECTIONS = [
    ("short", "at least 12"),
    ("", "at least 12"),
    ("x" * 5000, "longer than"),
    ("ü" * 3000, "longer than"),
    ("password1234", "tried first"),
    ("qwertyuiopasdf", "tried first"),
    ("aaaaaaaaaaaaaaaa", "Repeats"),
    ("abcdefghijklmnop", "tried first"),
    ("            ", "Repeats"),
    ("ada lovelace 2027", "your name"),
    ("ada@customer.test", "your name"),
    ("alderhosting1", "your name"),
    ("Alder Hosting!!", "your name"),
]


@pytest.mark.parametrize(("password", "word"), OBJECTIONS, ids=[o[0][:20] or "empty" for o in OBJECTIONS])
def test_weak_passwords_are_refused_with_a_helpful_word(staff_db: Any, user: Any, password: str, word: str) -> None:
    with pytest.raises(passwords.WeakPassword) as refused:
        put(staff_db, user, password)
    assert word in str(refused.value.message)
    assert not ways_of(staff_db, user).password


@pytest.mark.parametrize(
    "password", [GOOD, "correct horse battery staple", "Tr0ub4dor&3 in the rain", "x9Vq2 tr8Lm4 zK"]
)
def test_strong_ones_are_taken(user: Any, password: str) -> None:
    assert passwords.objection(password, passwords.known_words(user, "Alder Hosting")) is None


def test_what_a_guesser_knows(user: Any) -> None:
    words = passwords.known_words(user, "Alder Hosting")
    assert {"ada@customer.test", "ada", "customer", "lovelace", "alder hosting", "alder", "hosting"} <= set(words)
    assert all(len(word) > 2 for word in words)


def test_a_new_password_replaces_the_old_and_can_be_taken_away(staff_db: Any, user: Any) -> None:
    put(staff_db, user)
    put(staff_db, user, "another otter entirely")
    assert not passwords.verify(staff_db, user, GOOD)
    assert passwords.remove_password(staff_db, user, via=None)
    assert not passwords.remove_password(staff_db, user, via=None)
    assert not passwords.verify(staff_db, user, "another otter entirely")


def test_a_hash_of_other_settings_is_made_anew(staff_db: Any, user: Any) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(GOOD)
    staff_db.add(Password(user_id=user.id, hash=old, changed_at=NOW))
    staff_db.flush()
    assert not passwords.verify(staff_db, user, "wrong")
    assert staff_db.scalar(select(Password.hash)) == old
    assert passwords.verify(staff_db, user, GOOD)
    staff_db.flush()
    fresh = staff_db.scalar(select(Password.hash))
    assert fresh.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(staff_db, user, GOOD)


def test_a11_nobody_costs_the_same_work(staff_db: Any, user: Any, make: Any, monkeypatch: Any) -> None:
    """Counted, not timed: one hash of the same settings for a known, an unknown and a passwordless address."""
    put(staff_db, user)
    compared: list[str] = []
    real = passwords._matches
    monkeypatch.setattr(passwords, "_matches", lambda known, typed: compared.append(known[:31]) or real(known, typed))
    for who in (user, None):
        assert not passwords.verify(staff_db, who, "wrong password here")
    assert not passwords.verify(staff_db, None, "")
    assert not passwords.verify(staff_db, user, "x" * 5000)
    assert compared == ["$argon2id$v=19$m=19456,t=2,p=1$"] * 4
    assert not passwords.HASHER.check_needs_rehash(passwords.NOBODYS)


def test_staff_change_theirs_in_the_console_only(staff_db: Any, make: Any, tenant: Any) -> None:
    staff = make.staff(tenant)
    for kind, fine in (("portal", False), ("staff", True)):
        session = UserSession(kind=kind)
        if fine:
            passwords.set_password(staff_db, staff, GOOD, NOW, known=(), via=session)
        else:
            with pytest.raises(ConsoleOnly):
                passwords.set_password(staff_db, staff, GOOD, NOW, known=(), via=session)
            with pytest.raises(ConsoleOnly):
                passwords.remove_password(staff_db, staff, via=session)


def test_only_so_many_hashes_at_once(database: Any, user: Any, tenant: Any, monkeypatch: Any) -> None:
    """More wait for a place, and give up when none comes free."""
    free, running, most = threading.Event(), [0], [0]
    lock = threading.Lock()

    class Slow:
        def verify(self, _known: str, _typed: bytes) -> bool:
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            free.wait(10)
            with lock:
                running[0] -= 1
            return True

    monkeypatch.setattr(passwords, "HASHER", Slow())
    monkeypatch.setattr(passwords, "PATIENCE", 0.2)
    results: list[str] = []

    def one() -> None:
        try:
            passwords._matches("x", "y")
            results.append("compared")
        except passwords.Busy:
            results.append("busy")

    threads = [threading.Thread(target=one) for _ in range(passwords.AT_ONCE + 3)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    while results.count("busy") < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    free.set()
    for thread in threads:
        thread.join()
    assert most[0] == passwords.AT_ONCE
    assert sorted(results) == ["busy"] * 3 + ["compared"] * passwords.AT_ONCE


def test_two_set_a_password_at_once(database: Any, user: Any, tenant: Any) -> None:
    def one(word: str) -> None:
        with database.session(Scope.tenant_wide(tenant.id)) as db:
            passwords.set_password(db, user, f"velvet otter paints {word}", NOW, known=(), via=None)

    threads = [threading.Thread(target=one, args=(word,)) for word in ("clouds", "rivers", "stones")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        assert len(db.scalars(select(Password)).all()) == 1
