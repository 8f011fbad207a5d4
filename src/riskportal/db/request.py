"""`request.db`: one session per request, committed or aborted with the request's transaction."""

from __future__ import annotations

from typing import Any

import pyramid_tm
from sqlalchemy.orm import Session

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def includeme(config: Any) -> None:
    settings = config.registry.settings
    settings["tm.manager_hook"] = pyramid_tm.explicit_manager
    # A response with a 4xx or 5xx status (a form that came back with errors) never commits.
    settings["tm.commit_veto"] = pyramid_tm.default_commit_veto
    # Asking who the user is would read cookies and database before anything has judged the request.
    settings["tm.annotate_user"] = "false"
    config.include("pyramid_tm")
    config.add_request_method(_db, "db", reify=True)
    config.add_request_method(lambda request: request.registry.portal.clock, "clock", property=True)


def _db(request: Any) -> Session:
    """The request's session. It only reads for safe methods: a GET that writes is a programming error."""
    given = request.environ.get("riskportal.db")
    if given is not None:
        return given
    write = request.method not in SAFE_METHODS
    return request.registry.portal.database.request_session(request.tm, write=write)
