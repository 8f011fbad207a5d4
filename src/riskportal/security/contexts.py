"""Root factories of the four areas: they decide what a route may see before its view runs.

Each answers in the same order: is the module on for this tenant (404), who is asking (sign in),
do they reach this bill group (404, the same as an absent one), does the record exist here (404).
Then the policy compares the route's permission with `permissions` (403).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound, HTTPUnauthorized
from pyramid_tm import is_tm_active
from sqlalchemy import select

from riskportal.customers.models import BillGroup, Customer
from riskportal.db.guard import Scope, set_scope
from riskportal.db.request import SAFE_METHODS
from riskportal.identity.access import Grant, grant_for, preview_grant
from riskportal.identity.models import StaffMember
from riskportal.identity.rights import Powers
from riskportal.identity.stepup import is_fresh
from riskportal.plug.declarations import RecordKind
from riskportal.plug.seam import CORE
from riskportal.security.policy import EndedPreview, Preview, Program, SignedInUser
from riskportal.tenancy.models import Tenant

# Where a request keeps its reader's context once it is known, even when the route then leads nowhere.
READER = "riskportal.reader"


@dataclass(frozen=True)
class RouteInfo:
    """What a route was declared with; `record` is a RecordKind's name, `step_up` asks for a recent proof."""

    name: str
    area: str
    module: str
    permission: str | None
    record: str | None
    step_up: bool = False


class SignInNeeded(HTTPForbidden):
    """Nobody is signed in (for this area); the forbidden view leads to the sign-in page."""


class StepUpNeeded(HTTPForbidden):
    """The session is open but its last proof is old; the forbidden view leads to the page that asks for one."""


class PreviewOver(HTTPForbidden):
    """The preview whose cookie came has ended; never answered by what another cookie would open."""


@dataclass(frozen=True)
class PublicContext:
    """Anybody of this tenant's host."""

    tenant: Tenant
    open_to_all: bool = True
    permissions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PortalContext:
    """A customer in one bill group; `elsewhere`: whether this user reaches others too."""

    tenant: Tenant
    customer: Customer
    bill_group: BillGroup
    roles: frozenset[str]
    permissions: frozenset[str]
    required: str | None
    elsewhere: bool = False
    limited_to: frozenset[tuple[str, str]] | None = None
    record: Any = None


@dataclass(frozen=True)
class StaffContext:
    """Somebody who works for the tenant."""

    tenant: Tenant
    staff: StaffMember
    permissions: frozenset[str]
    required: str | None
    record: Any = None


@dataclass(frozen=True)
class ApiContext:
    """A program with a token; it sees the whole tenant as far as its permissions go."""

    tenant: Tenant
    permissions: frozenset[str]
    required: str | None
    record: Any = None


InArea = TypeVar("InArea", PortalContext, StaffContext)


class Nowhere:
    """The context of addresses that no declared route takes; it opens nothing."""

    def __init__(self, request: Any) -> None:
        # Finding the tenant gives the 404 page its brand. Static files and health checks belong to nobody,
        # and neither does the request that proutes and pshell make up: no transaction runs there.
        if request.matched_route is None and is_tm_active(request):
            _ = request.tenant


def factory(info: RouteInfo) -> Any:
    """The root factory of a declared route."""
    build = {"public": _public, "portal": _portal, "staff": _staff, "api": _api}[info.area]

    def make(request: Any) -> Any:
        request.route_info = info
        if info.module != CORE and not request.tenant_config.module_on(info.module):
            raise HTTPNotFound()
        return build(request, info)

    return make


def _public(request: Any, info: RouteInfo) -> PublicContext:
    return PublicContext(request.tenant)


def _portal(request: Any, info: RouteInfo) -> PortalContext:
    identity = request.identity
    if isinstance(identity, EndedPreview):
        raise PreviewOver()
    if isinstance(identity, Preview):
        return _in_portal(request, info, _preview_grant(request, identity))
    if not isinstance(identity, SignedInUser) or identity.kind != "portal":
        raise SignInNeeded()
    public_id = request.matchdict["bill_group"]
    grant = grant_for(request.db, identity.user.email, public_id, request.clock.now())
    if grant is None:
        raise HTTPNotFound()
    return _in_portal(request, info, grant)


def _preview_grant(request: Any, preview: Preview) -> Grant:
    """What the preview's role or person holds; a person who is kept out by now ends the preview.

    `elsewhere` is no part of it: a preview opens this bill group alone.
    """
    group, row = preview.bill_group, preview.row
    if row.role is not None:
        return Grant(group, frozenset({row.role}), frozenset(), None, elsewhere=False)
    grant = preview_grant(request.db, str(row.email), group.public_id, request.clock.now())
    if grant is None:
        raise PreviewOver()
    return replace(grant, elsewhere=False)


def _in_portal(request: Any, info: RouteInfo, grant: Grant) -> PortalContext:
    set_scope(request.db, Scope.bill_group(request.tenant.id, grant.bill_group.id, grant.limited_to))
    permissions = granted_permissions(request, grant)
    _ask_for_proof(request, info, permissions)
    context = PortalContext(
        tenant=request.tenant,
        customer=grant.bill_group.customer,
        bill_group=grant.bill_group,
        roles=grant.roles,
        permissions=permissions,
        required=info.permission,
        elsewhere=grant.elsewhere,
        limited_to=grant.limited_to,
    )
    return _with_record(request, info, context)


def granted_permissions(request: Any, grant: Grant) -> frozenset[str]:
    """What a grant allows: its roles' permissions or its single ones, the personal ones, within its limits."""
    powers = Powers(request.tenant_config, request.registry.portal.seam.permissions)
    return powers.of(grant.roles, grant.permissions, grant.limited_to)


def _ask_for_proof(request: Any, info: RouteInfo, permissions: frozenset[str]) -> None:
    """A risky route wants a recent proof, from those who may come there at all."""
    if not info.step_up or info.permission not in permissions:
        return
    sending = request.method not in SAFE_METHODS
    if not is_fresh(request.identity.session, request.clock.now(), sending=sending):
        raise StepUpNeeded()


def _staff(request: Any, info: RouteInfo) -> StaffContext:
    identity = request.identity
    if not isinstance(identity, SignedInUser) or identity.kind != "staff":
        raise SignInNeeded()
    staff = request.db.scalar(select(StaffMember).where(StaffMember.user_id == identity.user.id))
    if staff is None:
        raise HTTPNotFound()
    set_scope(request.db, Scope.tenant_wide(request.tenant.id))
    permissions = request.tenant_config.role_permissions("staff", staff.role)
    _ask_for_proof(request, info, permissions)
    return _with_record(request, info, StaffContext(request.tenant, staff, permissions, info.permission))


def _api(request: Any, info: RouteInfo) -> ApiContext:
    identity = request.identity
    if not isinstance(identity, Program):
        raise HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
    set_scope(request.db, Scope.tenant_wide(request.tenant.id))
    return ApiContext(request.tenant, frozenset(identity.token.permissions), info.permission, _record(request, info))


def _with_record(request: Any, info: RouteInfo, context: InArea) -> InArea:
    """The context with the route's record. Whoever comes for one that isn't there is known all the same: the page
    that says so keeps their navigation (web.errors)."""
    request.environ[READER] = context
    return replace(context, record=_record(request, info))


def _record(request: Any, info: RouteInfo) -> Any:
    """The route's record from the guarded session; a foreign one answers as an absent one."""
    if info.record is None:
        return None
    kind: RecordKind = request.registry.portal.seam.record_kinds[info.record]
    record = kind.load(request.db, request.matchdict["public_id"])
    if record is None:
        raise HTTPNotFound()
    return record
