"""API keys from the command line: made, shown once, used by the API, revoked."""

from __future__ import annotations

import re
from typing import Any

from riskportal.db.guard import Scope
from riskportal.identity.api_tokens import create_api_token, find_api_token


def test_a_key_needs_a_known_permission(run: Any, tenant: Any) -> None:
    assert run("token", "list")[1].startswith("No key yet.")
    code, out, err = run("token", "add", "accounting", "nothing.like.this")
    assert (code, out) == (1, "")
    assert "there is no API permission 'nothing.like.this'" in err


def test_keys_are_listed_and_revoked(run: Any, tenant: Any, database: Any) -> None:
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        row, key = create_api_token(db, "accounting", ["notes.note.read"])
    code, out, _err = run("token", "list")
    assert code == 0
    assert re.search(rf"{row.public_id}  active   accounting: notes.note.read", out)
    assert key not in out
    assert run("token", "revoke", row.public_id)[0] == 0
    with database.session(Scope.tenant(tenant.id), write=False) as db:
        assert find_api_token(db, key, database.clock.now()) is None
    assert "revoked" in run("token", "list")[1]
    assert run("token", "revoke", "nosuchkey")[0] == 1
