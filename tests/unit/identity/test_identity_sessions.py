"""Tokens that are kept as hashes, sessions that are rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskportal.db.guard import Scope
from riskportal.identity.api_tokens import create_api_token, find_api_token
from riskportal.identity.models import ApiToken, User, UserSession
from riskportal.identity.sessions import (
    Lifetime,
    end_sessions,
    find_session,
    open_session,
    revoke,
    revoke_others,
    sessions_of,
    touch,
)
from riskportal.identity.tokens import (
    CODE_ALPHABET,
    CODE_LENGTH,
    clean_code,
    hashed,
    keyed_hash,
    new_code,
    new_token,
)

LIFETIME = Lifetime(idle=timedelta(hours=24), absolute=timedelta(hours=72))


def test_tokens_are_256_bits_and_codes_can_be_read_out() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}
    codes = {new_code() for _ in range(100)}
    assert len(codes) == 100
    assert all(len(code) == CODE_LENGTH and set(code) <= set(CODE_ALPHABET) for code in codes)
    assert not set("01OILUV") & set(CODE_ALPHABET)


@given(st.text(CODE_ALPHABET, min_size=8, max_size=8))
def test_a_code_as_people_type_it(code: str) -> None:
    assert clean_code(f" {code[:4].lower()}-{code[4:]} ") == clean_code(code) == code


def test_hashes() -> None:
    token = new_token()
    assert token not in hashed(token)
    assert len(hashed(token)) == len(keyed_hash("s", "p", "v")) == 64
    different = {
        keyed_hash("s", "p", "v"),
        keyed_hash("t", "p", "v"),
        keyed_hash("s", "q", "v"),
        keyed_hash("s", "p", "w"),
    }
    assert len(different) == 4


@pytest.fixture
def opened(database: Any, user: User) -> Any:
    """`opened()`: a new session's token, committed."""

    def open_one(kind: str = "portal", agent: str | None = "tests") -> str:
        with database.session(Scope.tenant(user.tenant_id)) as db:
            return open_session(db, user, kind, database.clock.now(), LIFETIME, "192.0.2.1", agent)[1]

    return open_one


@pytest.fixture
def alive(database: Any, user: User) -> Any:
    """`alive(token)`: whether it opens a session now; it counts as use only with `use=True`."""

    def ask(token: str, tenant_id: int = user.tenant_id, use: bool = False) -> bool:
        with database.session(Scope.tenant(tenant_id)) as db:
            row = find_session(db, token, database.clock.now(), LIFETIME)
            if row is not None and use:
                touch(db, row.id, database.clock.now())
            return row is not None

    return ask


def test_a_session_is_stored_without_its_token(opened: Any, database: Any, user: User, alive: Any) -> None:
    token = opened(agent="x\x00\r\n" * 5000)
    assert alive(token)
    for wrong in ("", hashed(token), token[:-1], token.swapcase()):
        assert not alive(wrong)
    with database.session(Scope.tenant(user.tenant_id), write=False) as db:
        row = db.query(UserSession).one()
        assert token not in repr(vars(row))
        assert row.user_agent == "x" * 300


def test_idle_and_absolute_end(opened: Any, alive: Any, clock: Any) -> None:
    token = opened()
    clock.advance(hours=23)
    assert alive(token, use=True)
    clock.advance(hours=23)
    assert alive(token, use=True)
    clock.advance(hours=23)
    assert alive(token, use=True)
    clock.advance(hours=3)
    assert not alive(token)  # 72 hours after sign-in, however often it was used
    other = opened()
    clock.advance(hours=24)
    assert not alive(other)  # a day without a page


def test_a_session_of_another_tenant_or_a_disabled_user(
    opened: Any, alive: Any, other_tenant: Any, database: Any, user: User
) -> None:
    token = opened()
    assert not alive(token, tenant_id=other_tenant.id)
    with database.session(Scope.tenant(user.tenant_id)) as db:
        db.get_one(User, user.id).disabled_at = database.clock.now()
    assert not alive(token)


def test_revoking(opened: Any, alive: Any, database: Any, user: User, make: Any, tenant: Any, clock: Any) -> None:
    tokens = [opened() for _ in range(3)]
    stranger = make.user(tenant, "eve@customer.test")
    now = clock.now()
    with database.session(Scope.tenant(user.tenant_id)) as db:
        rows = sessions_of(db, user, now, LIFETIME)
        assert len(rows) == 3
        assert not revoke(db, stranger, rows[0].public_id, now)
        assert not revoke(db, user, "nothing", now)
        assert revoke(db, user, find_session(db, tokens[0], now, LIFETIME).public_id, now)
        assert not revoke(db, user, find_session(db, tokens[1], now, LIFETIME).public_id + "x", now)
    assert [alive(token) for token in tokens] == [False, True, True]
    with database.session(Scope.tenant(user.tenant_id)) as db:
        keep = find_session(db, tokens[1], now, LIFETIME)
        assert revoke_others(db, user, keep.id, now) == 1
        assert [row.id for row in sessions_of(db, user, now, LIFETIME)] == [keep.id]
    assert [alive(token) for token in tokens] == [False, True, False]


def test_what_was_over_can_not_be_ended(opened: Any, database: Any, user: User, clock: Any) -> None:
    """Else a page says, and the log keeps, that somebody ended a session which nobody had open."""
    opened()
    clock.advance(hours=73)
    opened()
    with database.session(Scope.tenant(user.tenant_id)) as db:
        over, living = db.query(UserSession).order_by(UserSession.id)
        assert not revoke(db, user, over.public_id, clock.now())
        assert revoke_others(db, user, living.id, clock.now()) == 0
        assert end_sessions(db, user, clock.now()) == 1
        db.refresh(over)
        assert over.revoked_at is None


def test_use_never_goes_back_in_time(opened: Any, database: Any, user: User, clock: Any) -> None:
    opened()
    later = clock.now() + timedelta(hours=1)
    with database.session(Scope.tenant(user.tenant_id)) as db:
        row = db.query(UserSession).one()
        touch(db, row.id, later)
        touch(db, row.id, clock.now())
    with database.session(Scope.tenant(user.tenant_id), write=False) as db:
        assert db.query(UserSession).one().seen_at == later


def test_api_keys(database: Any, tenant: Any, other_tenant: Any, clock: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        row, key = create_api_token(db, "sync", ["b.c", "a.b"])
        assert row.permissions == ["a.b", "b.c"]
        assert key.startswith("rp_")
        row.expires_at = clock.now() + timedelta(days=1)
    with database.session(Scope.tenant(other_tenant.id), write=False) as db:
        assert find_api_token(db, key, clock.now()) is None
    with database.session(Scope.tenant(tenant.id)) as db:
        assert find_api_token(db, key, clock.now()).name == "sync"
        assert find_api_token(db, key, clock.now() + timedelta(days=1)) is None
        assert find_api_token(db, key.removeprefix("rp_"), clock.now()) is None
        db.get_one(ApiToken, row.id).revoked_at = clock.now()
        db.flush()
        assert find_api_token(db, key, clock.now()) is None
