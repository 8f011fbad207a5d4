"""Host names: how they are written, that each is there once, and which ones stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from riskportal.db.guard import Scope
from riskportal.identity.models import Passkey, Password, StaffMember, Totp
from riskportal.identity.staff import Moving, check_move
from riskportal.tenancy.details import checked_bic, checked_iban, checked_time_zone
from riskportal.tenancy.hosts import (
    MOST_HOSTS,
    HostRefused,
    add_host,
    as_people_read_it,
    canonical_base_url,
    canonical_host,
    change_base_url,
    hosts_of,
    remove_host,
)
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import lock_tenant


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Portal.Example. ", "portal.example"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("ﬁrma.example", "firma.example"),
        ("pаypal.example", "xn--pypal-4ve.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
    ],
)
def test_names_as_requests_carry_them(typed: str, kept: str) -> None:
    assert canonical_host(typed) == kept
    assert canonical_host(kept) == kept


BAD_HOSTS = [
    "", " ", "a b.example", "portal.example:80", "https://portal.example", "portal..example", "-a.example",
    "a_b.example", "a" * 64 + ".example", ".".join(["a" * 60] * 5), "portal.example/x", "user@portal.example",
    "*.example", "a\x00.example", "a\r\nb.example", "[::1]", "\u202eexample", "🙂.example", "xn--a.\x7f",
]  # fmt: skip


@pytest.mark.parametrize("typed", BAD_HOSTS)
def test_what_is_no_name(typed: str) -> None:
    with pytest.raises(ValueError, match="not a host name"):
        canonical_host(typed)


@given(st.text(max_size=30))
def test_a_name_is_its_own_canonical_form(typed: str) -> None:
    try:
        kept = canonical_host(typed)
    except ValueError:
        return
    assert kept.isascii() and kept == kept.lower()
    assert canonical_host(kept) == kept


def test_names_in_their_own_letters() -> None:
    assert as_people_read_it("xn--pypal-4ve.example") == "pаypal.example"
    assert as_people_read_it("portal.example") is None
    assert as_people_read_it("xn--zz--.example") is None


@pytest.mark.parametrize(
    "typed",
    [
        "portal.example", "ftp://portal.example", "https://", "https://a b", "https://portal.example/x",
        "javascript:1",
        "https://u:p@portal.example", "https://portal.example?x", "https://portal.example#x", "https://[::1]",
        "https://portal.example:99999", "https://portal.example:x", "//portal.example", "https://[",
    ],
)  # fmt: skip
def test_what_is_no_base_address(typed: str) -> None:
    with pytest.raises(ValueError):
        canonical_base_url(typed)


def test_base_addresses() -> None:
    assert canonical_base_url(" HTTPS://Portal.Example:8443/ ") == "https://portal.example:8443"


def test_bank_details_and_zones() -> None:
    assert checked_iban("de89 3704 0044 0532 0130 00") == "DE89370400440532013000"
    assert checked_bic("cobadeff") == "COBADEFF"
    assert checked_time_zone("Europe/Berlin") == "Europe/Berlin"
    for check, wrong in (
        (checked_iban, "DE88370400440532013000"),
        (checked_iban, "DE89 3704\u202e0044"),
        (checked_iban, ""),
        (checked_bic, "COBA"),
        (checked_bic, "COBADEFF\n;"),
        (checked_time_zone, "../../etc/passwd"),
        (checked_time_zone, "europe/berlin"),
    ):
        with pytest.raises(ValueError, match="not a"):
            check(wrong)


@pytest.fixture
def names(database: Any, tenant: Tenant) -> Any:
    """`names(act, ...)` runs in a session of the tenant; `names()` tells its host names."""

    def run(act: Any = None, *arguments: Any, of: Tenant = tenant) -> Any:
        with database.session(Scope.tenant_wide(of.id)) as db:
            return act(db, *arguments) if act else hosts_of(db)

    return run


def refused(code: str, act: Any, *arguments: Any, **options: Any) -> None:
    with pytest.raises(HostRefused) as error:
        act(*arguments, **options)
    assert error.value.code == code


def version(database: Any, tenant: Tenant) -> int:
    with database.session(Scope.tenant(tenant.id), write=False) as db:
        return int(db.get_one(Tenant, tenant.id).config_version)


def test_names_come_and_go(names: Any, database: Any, tenant: Tenant) -> None:
    names(add_host, "kunden.example")
    assert names() == ["portal.test", "kunden.example"]
    assert version(database, tenant) == 2
    refused("known", names, add_host, "kunden.example")
    refused("absent", names, remove_host, "other.example")
    refused("base", names, remove_host, "portal.test")
    refused("absent", names, change_base_url, "https://other.example")
    assert names(change_base_url, "https://kunden.example") == "http://portal.test"
    names(remove_host, "portal.test")
    refused("last", names, remove_host, "kunden.example")
    assert names() == ["kunden.example"]


def test_a_name_of_somebody_else(names: Any, other_tenant: Tenant) -> None:
    refused("taken", names, add_host, "other.test")
    refused("absent", names, remove_host, "other.test")
    refused("absent", names, change_base_url, "https://other.test")
    assert names(of=other_tenant) == ["other.test"]
    assert names() == ["portal.test"]


def test_there_is_a_most(names: Any) -> None:
    for number in range(MOST_HOSTS - 1):
        names(add_host, f"h{number}.example")
    refused("many", names, add_host, "one-more.example")


def test_a_name_goes_to_one_of_two_who_ask_at_once(names: Any, tenant: Tenant, other_tenant: Tenant) -> None:
    for number in range(5):
        with ThreadPoolExecutor(2) as pool:
            tries = [pool.submit(names, add_host, f"n{number}.example", of=one) for one in (tenant, other_tenant)]
        errors = [attempt.exception() for attempt in tries]
        assert [getattr(error, "code", error) for error in errors if error] == ["taken"]


def test_two_names_leave_one_when_both_go_at_once(names: Any, database: Any, tenant: Tenant) -> None:
    """The address moves to the new name while that name is removed: one of both is refused."""
    for number in range(5):
        host = f"n{number}.example"
        names(add_host, host)
        with ThreadPoolExecutor(2) as pool:
            move, remove = (
                pool.submit(names, change_base_url, f"http://{host}"),
                pool.submit(names, remove_host, host),
            )
        assert [move.exception(), remove.exception()].count(None) == 1
        with database.session(Scope.tenant_wide(tenant.id)) as db:
            base = db.get_one(Tenant, tenant.id).base_url.removeprefix("http://")
        assert base in names()
        names(change_base_url, "http://portal.test")


def test_the_address_moves_only_as_the_team_is_by_then(
    make: Any, names: Any, database: Any, tenant: Tenant, clock: Any
) -> None:
    """The owner who could still come in leaves at the same moment: who looked before the lock would lock all out."""
    boss, ann = make.staff(tenant, "boss@alder.test"), make.staff(tenant, "ann@alder.test")
    owned = {"tenant_id": tenant.id, "created_at": clock.now()}
    key = {"name": "Key", "public_key": "k", "sign_count": 0, "transports": [], "backed_up": False}
    make.save(Passkey(**owned, **key, user_id=boss.id, credential_id="c"))
    make.save(Password(tenant_id=tenant.id, user_id=ann.id, hash="x", changed_at=clock.now()))
    make.save(Totp(**owned, user_id=ann.id, secret_sealed="x"))
    names(add_host, "neu.test")
    asked = Event()

    def move() -> str:
        with database.session(Scope.tenant_wide(tenant.id)) as db:
            db.scalars(select(StaffMember)).all()  # what a request has read before
            asked.set()
            return change_base_url(db, "https://neu.test", moving=lambda: check_move(db))

    with ThreadPoolExecutor(1) as pool, database.session(Scope.tenant_wide(tenant.id)) as db:
        lock_tenant(db)
        moving = pool.submit(move)
        # On SQLite it waits before it has read anything; on PostgreSQL at the tenant's row.
        if db.get_bind().dialect.name == "postgresql":
            assert asked.wait(10)
        db.delete(db.scalars(select(StaffMember).where(StaffMember.user_id == ann.id)).one())
        db.commit()
        assert isinstance(moving.exception(10), Moving)
    assert names(change_base_url, "https://portal.test") == "http://portal.test", "the scheme alone moves nobody"
