"""Who is asking, and whether the route's permission is among what they hold here."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from pyramid.interfaces import ISecurityPolicy
from pyramid.request import RequestLocalCache
from pyramid.security import Allowed, Denied
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from zope.interface import implementer

from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.identity import preview as previews
from riskportal.identity.api_tokens import find_api_token
from riskportal.identity.models import ApiToken, PreviewSession, User, UserSession
from riskportal.identity.sessions import SEEN_EVERY, find_session, touch
from riskportal.security import cookies

log = logging.getLogger("riskportal.security")

# The default permission of every view: "whatever the route declares". See contexts and plug.directives.
ROUTE = "riskportal.route"


@dataclass(frozen=True)
class SignedInUser:
    """A person in a browser; `kind` is the area that the session opens (portal or staff)."""

    user: User
    session: UserSession

    @property
    def kind(self) -> str:
        return self.session.kind


@dataclass(frozen=True)
class Program:
    """A program with an API token."""

    token: ApiToken


@dataclass(frozen=True)
class Preview:
    """A staff member who looks at one bill group's portal as somebody else. Nothing can be changed.

    `user` is whom they look as, and `session` is for pages that ask when theirs began: both are transient and
    have no id. `row` is the preview itself, with `staff_user` loaded.
    """

    user: User
    session: UserSession
    row: PreviewSession
    bill_group: BillGroup
    kind: str = "portal"


@dataclass(frozen=True)
class EndedPreview:
    """A preview's cookie that opens nothing (any more); `bill_group` is the public id that it named."""

    bill_group: str


Identity = SignedInUser | Preview | EndedPreview | Program


@implementer(ISecurityPolicy)
class Policy:
    """Sessions for people, tokens for programs, previews for staff; never two of them on one route."""

    def __init__(self) -> None:
        self._identities = RequestLocalCache(self._load)

    def identity(self, request: Any) -> Identity | None:
        return self._identities.get_or_create(request)

    def authenticated_userid(self, request: Any) -> str | None:
        identity = self.identity(request)
        return identity.user.public_id if isinstance(identity, SignedInUser) else None

    def permits(self, request: Any, context: Any, permission: str) -> Allowed | Denied:
        """`ROUTE` asks for what the context's route declares; a context without declaration is closed."""
        if permission == ROUTE:
            return Allowed("public") if getattr(context, "open_to_all", False) else self._holds(context, None)
        return self._holds(context, permission)

    def remember(self, request: Any, userid: str, **kw: Any) -> list[tuple[str, str]]:
        return []

    def forget(self, request: Any, **kw: Any) -> list[tuple[str, str]]:
        return []

    def _holds(self, context: Any, permission: str | None) -> Allowed | Denied:
        wanted = permission or getattr(context, "required", None)
        if wanted is not None and wanted in getattr(context, "permissions", ()):
            return Allowed(wanted)
        return Denied(f"{wanted} is not granted here")

    def _load(self, request: Any) -> Identity | None:
        tenant = request.tenant  # sets the session's scope; a cookie of another tenant finds nothing
        if request.path_info.startswith("/api/"):
            return _program(request)
        looked_at = cookies.previewed(request)
        if looked_at is not None:
            return _preview(request, looked_at) or EndedPreview(looked_at)
        token = cookies.read(request, cookies.session_cookie(request))
        if token is None:
            return None
        portal, now = request.registry.portal, request.clock.now()
        row = find_session(request.db, token, now, portal.session_lifetime)
        if row is None:
            return None
        if row.seen_at < now - SEEN_EVERY:
            _note_use(request, tenant.id, row.id, now)
        return SignedInUser(row.user, row)


def _program(request: Any) -> Program | None:
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key:
        return None
    token = find_api_token(request.db, key.strip(), request.clock.now())
    return Program(token) if token is not None else None


def _preview(request: Any, public_id: str) -> Preview | None:
    """The living preview whose cookie came with the request, beside the staff session that it belongs to."""
    token, staff_token = (cookies.read(request, name) for name in (cookies.PREVIEW + public_id, cookies.STAFF))
    if token is None or staff_token is None:
        return None
    portal, now = request.registry.portal, request.clock.now()
    found = previews.find_preview(request.db, token, staff_token, public_id, now, portal.session_lifetime)
    if found is None:
        return None
    row, bill_group, role = found
    if previews.PERMISSION not in request.tenant_config.role_permissions("staff", role):
        return None
    user = previews.seen_as(request.db, row)
    return Preview(user, previews.transient_session(row, now), row, bill_group)


def _note_use(request: Any, tenant_id: int, session_id: int, now: Any) -> None:
    """Write `seen_at`: a request that shows a page only reads, so there in a transaction of its own.

    A writing request holds SQLite's only write lock already; another transaction would wait for it in vain.
    """
    db: Session
    if not request.db.info["read_only"]:
        touch(request.db, session_id, now)
        return
    try:
        with request.registry.portal.database.side_note(Scope.tenant(tenant_id)) as db:
            touch(db, session_id, now)
    except OperationalError:
        # A long load holds the lock: the page is worth more than the note, which the next page makes.
        log.info("the use of session %s was not noted, the database is busy", session_id)
