"""`request.db`: one session per request, committed or aborted with the request's transaction.

`request.tenants_own_session()`: for a moment, rows of the tenant that belong to no bill group.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyramid_tm
from sqlalchemy.orm import Session
from zope.sqlalchemy import mark_changed

from riskportal.db.guard import Scope, set_scope

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
# In the registry: `seal(request)` says whether the database itself must refuse every write of this request.
SEAL = "riskportal.db.seal"


def includeme(config: Any) -> None:
    settings = config.registry.settings
    settings["tm.manager_hook"] = pyramid_tm.explicit_manager
    # A response with a 4xx or 5xx status (a form that came back with errors) never commits.
    settings["tm.commit_veto"] = pyramid_tm.default_commit_veto
    # Asking who the user is would read cookies and database before anything has judged the request.
    settings["tm.annotate_user"] = "false"
    config.include("pyramid_tm")
    config.add_request_method(_db, "db", reify=True)
    config.add_request_method(tenants_own_session, "tenants_own_session")
    config.add_request_method(lambda request: request.registry.portal.clock, "clock", property=True)


def _db(request: Any) -> Session:
    """The request's session. It only reads for safe methods: a GET that writes is a programming error.

    What must not write whatever its code does (a preview) gets a session that the database seals.
    """
    given = request.environ.get("riskportal.db")
    if given is not None:
        return given
    write = request.method not in SAFE_METHODS
    seal = request.registry.get(SEAL)
    sealed = seal is not None and seal(request)
    return request.registry.portal.database.request_session(request.tm, write=write, seal=sealed)


@contextmanager
def tenants_own_session(request: Any) -> Iterator[Session]:
    """A session of the tenant itself in the request's transaction: what it writes is kept, or not, with the rest.

    On a page of a bill group `request.db` stamps every row with that bill group; a mail about somebody's login
    belongs to none.
    """
    with request.registry.portal.database.joined_session(request.db.connection()) as db:
        db.info["read_only"] = request.db.info["read_only"]
        set_scope(db, Scope.tenant(request.tenant.id))
        yield db
        db.flush()
    # The transaction commits only sessions that have written something, as far as it knows.
    mark_changed(request.db, request.tm)
