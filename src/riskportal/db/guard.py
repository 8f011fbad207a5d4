"""The net under every query: a session sees one tenant, and in the portal one bill group.

`set_scope` says whose rows a session may touch. From then on each ORM statement (selects,
counts, unions, subqueries, lazy loads, bulk updates and deletes, `session.get`) carries the
scope's criteria, and each flush stamps new rows and refuses foreign ones. A session without
a scope refuses to run any owned statement. What the criteria can't reach is refused, not let
through: plain table statements and `text()` (an architecture test keeps them inside this package
and the migrations as well), updates by primary key, upserts, and rows that come from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, event, inspect, null
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql.visitors import InternalTraversal

from riskportal.db.base import Base
from riskportal.db.mixins import BillGroupOptional, BillGroupOwned, Limitable, TenantOwned, Timestamps
from riskportal.db.shapes import beyond_criteria
from riskportal.db.types import BigId

# Tenants whose form of one statement is kept.
MOST_KEPT = 50
_kept: WeakKeyDictionary[Any, dict[Scope, Any]] = WeakKeyDictionary()


class GuardError(RuntimeError):
    """A programming error that would have crossed a border between tenants or bill groups."""


class ScopeMissing(GuardError):
    """A statement on owned rows ran in a session whose scope doesn't say whose rows it may touch."""


class ForeignRow(GuardError):
    """A row of another tenant or bill group was about to be written."""


class ReadOnly(GuardError):
    """Something was about to be written in a session that only reads (a GET request, a preview)."""


@dataclass(frozen=True)
class Scope:
    """Whose rows a session may touch. Make one with the class methods."""

    tenant_id: int | None
    bill_group_id: int | None
    all_bill_groups: bool
    system: str | None
    # (kind, public id) of the only limitable records to see; None where nothing is limited.
    limited_to: frozenset[tuple[str, str]] | None = None

    @classmethod
    def tenant(cls, tenant_id: int) -> Scope:
        """Rows of one tenant; rows that belong to a bill group refuse to load."""
        return cls(tenant_id, None, False, None)

    @classmethod
    def bill_group(
        cls, tenant_id: int, bill_group_id: int, limited_to: frozenset[tuple[str, str]] | None = None
    ) -> Scope:
        """Rows of one bill group, and the tenant's rows that belong to none (a portal request).

        With `limited_to`, of Limitable rows those of these records only.
        """
        return cls(tenant_id, bill_group_id, False, None, limited_to)

    @classmethod
    def tenant_wide(cls, tenant_id: int) -> Scope:
        """All rows of one tenant: the staff console, jobs and the portfolio loader."""
        return cls(tenant_id, None, True, None)

    @classmethod
    def system_wide(cls, reason: str) -> Scope:
        """The one opt-out, for work above tenants; `reason` names it and a test lists who may use it."""
        return cls(None, None, True, reason)


def set_scope(session: Session, scope: Scope) -> None:
    """Give the session its scope. It may narrow to a tenant, and there to a bill group, and never leave it again."""
    old: Scope | None = session.info.get("scope")
    if old is not None and old.system is None and old.tenant_id != scope.tenant_id:
        raise GuardError("a session belongs to one tenant; open another session for another tenant")
    if old is not None and old.bill_group_id is not None and old != scope:
        raise GuardError("a session of one bill group can't see more; open another session")
    session.info["scope"] = scope
    session.info["criteria"] = _criteria(scope)
    _forget_others(session, scope)


def _forget_others(session: Session, scope: Scope) -> None:
    """Objects that a wider scope loaded leave the session: `get` would hand them out without asking the database."""
    if scope.all_bill_groups:
        return
    for obj in list(session.identity_map.values()):
        foreign = isinstance(obj, BillGroupOwned | BillGroupOptional) and obj.bill_group_id != scope.bill_group_id
        if foreign or (scope.limited_to is not None and isinstance(obj, Limitable)):
            session.expunge(obj)


def scope_of(session: Session) -> Scope | None:
    """The session's scope, None when it has none yet."""
    return session.info.get("scope")


def watch(sessions: sessionmaker[GuardedSession]) -> None:
    """Put the guard on every session that this factory makes."""
    event.listen(sessions, "do_orm_execute", _restrict)
    event.listen(sessions, "before_flush", _check_flush)
    event.listen(sessions, "detached_to_persistent", _check_arrival)


class GuardedSession(Session):
    """A session without the old bulk methods, which no event tells the guard about."""

    def _bulk(self, *_arguments: Any, **_keywords: Any) -> NoReturn:
        raise GuardError("the guard can't see this method; use session.execute(insert(Model), [...]) or add_all")

    bulk_insert_mappings = bulk_update_mappings = bulk_save_objects = _bulk


def _refuse_tenant() -> NoReturn:
    raise ScopeMissing("no tenant: call set_scope(session, Scope...) before touching owned rows")


def _refuse_bill_group() -> NoReturn:
    raise ScopeMissing("no bill group: this session may not touch rows that belong to a bill group")


# Evaluated only when a statement really uses the criterion, so that it refuses counts,
# unions and subqueries as well, where SQLAlchemy names no mapper beforehand.
_NO_TENANT = bindparam("riskportal_no_tenant", callable_=_refuse_tenant, type_=BigId)
_NO_BILL_GROUP = bindparam("riskportal_no_bill_group", callable_=_refuse_bill_group, type_=BigId)


@lru_cache(maxsize=1000)
def _criteria(scope: Scope | None) -> tuple[Any, ...]:
    """Loader options for a scope; remembered, because building them costs more than using them."""
    if scope is None:
        return (_Own(TenantOwned, "tenant_id", _NO_TENANT),)
    if scope.system is not None:
        return ()
    own = _Own(TenantOwned, "tenant_id", bindparam("riskportal_tenant", scope.tenant_id, BigId))
    if scope.all_bill_groups:
        return (own,)
    if scope.bill_group_id is None:
        refused = _Own(BillGroupOwned, "bill_group_id", _NO_BILL_GROUP)
        return (own, refused, _Own(BillGroupOptional, "bill_group_id", null()))
    group = bindparam("riskportal_bill_group", scope.bill_group_id, BigId)
    owned = (_Own(mixin, "bill_group_id", group) for mixin in (BillGroupOwned, BillGroupOptional))
    return (own, *owned, *_limits(scope))


class _Own(LoaderCriteriaOption):
    """Of every class below `mixin` the rows whose `column` equals `value`, wherever a statement names the class.

    What `with_loader_criteria` does by a function of the class. But there each place in each statement gets copies
    of the value, and telling those apart costs a request more than the statements themselves.
    """

    # What compiled statements are remembered by; values are passed each time.
    _traverse_internals = [*LoaderCriteriaOption._traverse_internals, ("column", InternalTraversal.dp_string)]

    def __init__(self, mixin: type, column: str, value: Any) -> None:
        super().__init__(mixin, value, include_aliases=True)
        self.where_criteria = value
        self.column = column

    def _resolve_where_criteria(self, ext_info: Any) -> Any:
        return getattr(ext_info.entity, self.column) == self.where_criteria


def _limits(scope: Scope) -> Iterator[Any]:
    """What a limited reader sees of each limitable model; nothing of kinds that the limit doesn't name."""
    if scope.limited_to is None:
        return
    ids: dict[str, list[str]] = {}
    for kind, public_id in sorted(scope.limited_to):
        ids.setdefault(kind, []).append(public_id)
    for model in _limitable_models():
        yield _Within(model, model.within(ids.get(model.limit_kind, ())), include_aliases=True)


class _Within(LoaderCriteriaOption):
    """`with_loader_criteria` for a ready condition, which SQLAlchemy leaves as it is on an alias that is joined.

    Given as a function of the class it would be adapted, but then values of several models mix: SQLAlchemy names
    them by the variable that holds them.
    """

    # What statements are remembered by: that of the parent, values left out.
    _traverse_internals = LoaderCriteriaOption._traverse_internals

    def _resolve_where_criteria(self, ext_info: Any) -> Any:
        condition = super()._resolve_where_criteria(ext_info)
        return ext_info._adapter.traverse(condition) if ext_info.is_aliased_class else condition


def _limitable_models() -> Iterator[type[Limitable]]:
    return (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Limitable))


_WITHOUT_SCOPE = _criteria(None)


def _restrict(state: ORMExecuteState) -> None:
    """Add the scope's criteria to every ORM statement, whatever its shape."""
    info = state.session.info
    if not state.is_select and info.get("read_only"):
        raise ReadOnly("this session only reads; a page that writes must answer POST")
    scope: Scope | None = info.get("scope")
    if scope is None or scope.system is None:
        problem = beyond_criteria(state)
        if problem:
            raise GuardError(problem)
    if state.is_insert:
        _check_bulk_insert(state)
        return
    options = info.get("criteria", _WITHOUT_SCOPE)
    if options:
        state.statement = _optioned(state.statement, scope, options)


def _optioned(statement: Any, scope: Scope | None, options: tuple[Any, ...]) -> Any:
    """The statement with the criteria of its scope.

    Those that every request asks first live as long as the process and are kept with their criteria: finding the
    compiled form of a new statement object costs more than running it. A statement of the moment takes its entry
    with it.
    """
    if scope is None or scope.all_bill_groups or scope.bill_group_id is not None:
        return statement.options(*options)
    kept = _kept.get(statement)
    if kept is None or len(kept) > MOST_KEPT:
        kept = _kept[statement] = {}
    if scope not in kept:
        kept[scope] = statement.options(*options)
    return kept[scope]


def _check_arrival(session: Session, obj: object) -> None:
    """A row that another session loaded must be one that this session may see.

    Its columns are read by its key alone, without the criteria, so what it doesn't say can't be checked later.
    """
    scope = scope_of(session)
    if not isinstance(obj, TenantOwned) or (scope is not None and scope.system is not None):
        return
    if scope is None:
        _refuse_tenant()
    known = inspect(obj).dict
    try:
        _check_owner(scope, type(obj), known.get("tenant_id"), known.get("bill_group_id"))
        if scope.limited_to is not None and isinstance(obj, Limitable):
            raise ForeignRow(f"{type(obj).__name__} from elsewhere in a session that is limited to single records")
    except GuardError:
        session.expunge(obj)
        raise


def _check_bulk_insert(state: ORMExecuteState) -> None:
    """A bulk insert isn't filtered by criteria: each of its rows must name the scope's tenant and bill group."""
    mapper = state.bind_mapper
    if mapper is None or not issubclass(mapper.class_, TenantOwned):
        return
    scope = scope_of(state.session)
    if scope is None:
        _refuse_tenant()
    if scope.limited_to is not None and issubclass(mapper.class_, Limitable):
        raise ForeignRow(f"a new {mapper.class_.__name__} in a session that is limited to single records")
    given: Any = state.parameters or {}
    for row in given if isinstance(given, list) else [given]:
        _check_owner(scope, mapper.class_, row.get("tenant_id"), row.get("bill_group_id"))


def _check_owner(scope: Scope, cls: type, tenant_id: int | None, bill_group_id: int | None) -> None:
    if scope.system is not None:
        return
    if tenant_id != scope.tenant_id:
        raise ForeignRow(f"{cls.__name__} of tenant {tenant_id} in a session of tenant {scope.tenant_id}")
    if not issubclass(cls, BillGroupOwned | BillGroupOptional) or scope.all_bill_groups:
        return
    if scope.bill_group_id is None and issubclass(cls, BillGroupOwned):
        _refuse_bill_group()
    if bill_group_id != scope.bill_group_id:
        raise ForeignRow(f"{cls.__name__} of another bill group in a session of bill group {scope.bill_group_id}")


def _check_new(scope: Scope, obj: object) -> None:
    """A limited reader can't add to what their limit is about."""
    if scope.limited_to is not None and isinstance(obj, Limitable):
        raise ForeignRow(f"a new {type(obj).__name__} in a session that is limited to single records")


def _check_flush(session: Session, _context: Any, _instances: Any) -> None:
    """Stamp new rows with owner and times; refuse rows of others and any write in a reading session."""
    changed = [obj for obj in session.dirty if session.is_modified(obj)]
    if session.info.get("read_only") and (session.new or session.deleted or changed):
        raise ReadOnly("this session only reads; a page that writes must answer POST")
    now = session.info["clock"].now()
    scope = scope_of(session)
    for obj in session.new:
        if scope is not None:
            _stamp(obj, scope)
            _check_new(scope, obj)
        if isinstance(obj, Timestamps):
            obj.created_at = obj.created_at or now
            obj.updated_at = obj.updated_at or now
    for obj in changed:
        _refuse_moved(obj)
        if isinstance(obj, Timestamps):
            obj.updated_at = now
    for obj in [*session.new, *changed, *session.deleted]:
        if isinstance(obj, TenantOwned):
            if scope is None:
                _refuse_tenant()
            _check_owner(scope, type(obj), obj.tenant_id, getattr(obj, "bill_group_id", None))


def _stamp(obj: object, scope: Scope) -> None:
    if isinstance(obj, TenantOwned) and obj.tenant_id is None:
        obj.tenant_id = scope.tenant_id
    if isinstance(obj, BillGroupOwned | BillGroupOptional) and obj.bill_group_id is None:
        obj.bill_group_id = scope.bill_group_id


def _refuse_moved(obj: object) -> None:
    """The owner of a stored row never changes."""
    if not isinstance(obj, TenantOwned):
        return
    state = inspect(obj)
    for name in ("tenant_id", "bill_group_id"):
        if name in state.attrs and state.attrs[name].history.deleted:
            raise ForeignRow(f"the {name} of a stored {type(obj).__name__} can't be changed")
