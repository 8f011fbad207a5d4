"""The people of a bill group stand in two areas: its owners manage them in the portal, staff in the console.

/g/{bill_group}/account/people/...              core.person
/staff/bill-groups/{public_id}/access/people/...  core.staff_person
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.identity.memberships import Manager
from riskportal.identity.people import Person
from riskportal.identity.rights import Limits, Powers, Rights
from riskportal.plug import _
from riskportal.plug.declarations import RecordKind
from riskportal.security.cookies import in_console
from riskportal.shell.access.forms import MOST_RECORDS, Kind, Offer
from riskportal.shell.access.words import by_module, module_titles, roles_in_words

INVITE_SETTING = "core.people_invite"
HIDDEN, GONE = _("a record that you may not see"), _("no longer there")


@dataclass(frozen=True)
class Place:
    """Where the request manages people: which bill group, as whom, and how its pages are addressed."""

    request: Any
    bill_group: BillGroup
    manager: Manager
    console: bool

    def url(self, page: str, **parts: Any) -> str:
        """The address of a page, e.g. url("person", person=key); "people" is the list."""
        if self.console:
            name = "core.staff_access" if page == "people" else f"core.staff_{page}"
            return str(self.request.route_path(name, public_id=self.bill_group.public_id, **parts))
        return str(self.request.route_path(f"core.{page}", bill_group=self.bill_group.public_id, **parts))

    @property
    def may_invite(self) -> bool:
        """Staff may; customers unless the provider switched it off."""
        return self.console or bool(self.request.tenant_config.setting(INVITE_SETTING))

    @contextmanager
    def records(self) -> Iterator[Session]:
        """A session that sees the records of this bill group, as its people would without a limit."""
        if not self.console:
            yield self.request.db
            return
        scope = Scope.bill_group(self.bill_group.tenant_id, self.bill_group.id)
        with self.request.registry.portal.database.session(scope, write=False) as db:
            yield db


def powers_of(request: Any) -> Powers:
    """What roles and permissions come to for the request's tenant."""
    return Powers(request.tenant_config, request.registry.portal.seam.permissions)


def place_of(request: Any) -> Place:
    """The place of a request in either area."""
    powers, user = powers_of(request), request.user
    if in_console(request):
        manager = Manager(None, request.tenant.name, powers, None)
        return Place(request, request.context.record, manager, console=True)
    manager = Manager(user.email, user.name or user.email, powers, request.context.permissions)
    return Place(request, request.bill_group, manager, console=False)


def offer_of(place: Place, person: Person | None = None) -> Offer:
    """What the reader may give, to `person` if there is one: their limits may name records that are past."""
    request, manager = place.request, place.manager
    holds = manager.holds
    titles, say = module_titles(request), request.translate
    single = [p for p in manager.powers.single() if holds is None or p.name in holds]
    kinds = _kinds(place, person)
    remaining = {kind.name for kind in kinds}
    return Offer(
        roles=[role for role in roles_in_words(manager.powers) if manager.may_give(Rights(role.name))],
        permissions={
            module: (titles.get(module, module), [(p.name, p.label) for p in found])
            for module, found in by_module(single).items()
        },
        kinds=kinds,
        about_records=[say(p.label) for p in single if p.record_kind in remaining],
        zone=request.tenant.time_zone,
        today=request.today,
    )


def records_in_words(place: Place, limits: Limits) -> list[tuple[str, str]]:
    """(label of the kind, title) of the records that somebody is limited to."""
    kinds, titles = place.request.registry.portal.seam.record_kinds, _titles(place, limits)
    return [(kinds[name].label, titles[name, public_id]) for name, public_id in sorted(titles)]


def first_records(place: Place, limits: Iterable[Limits | None]) -> dict[tuple[str, str], str]:
    """The titles of the records that stand for somebody's limit in a list: the first one of each."""
    return _titles(place, {min(limited) for limited in limits if limited})


def _titles(place: Place, limits: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The titles of records by kind and public id, as far as whoever manages people may read them; kinds that no
    module declares any more are left out."""
    wanted: dict[str, list[str]] = {}
    for name, public_id in limits:
        wanted.setdefault(name, []).append(public_id)
    translate = place.request.translate
    found: dict[tuple[str, str], str] = {}
    with place.records() as db:
        for name, ids in wanted.items():
            kind = place.request.registry.portal.seam.record_kinds.get(name)
            if kind is None:
                continue
            if not _may_read(place, kind):
                found |= {(name, public_id): translate(HIDDEN) for public_id in ids}
                continue
            rows = kind.load_many(db, ids) if kind.load_many is not None else {}
            for public_id in ids:
                record = rows[public_id] if public_id in rows else kind.load(db, public_id)
                found[name, public_id] = str(translate(GONE if record is None else kind.title(record)))
    return found


def _kinds(place: Place, person: Person | None) -> list[Kind]:
    """The kinds of records that this bill group has any of, of modules that are on."""
    limited = (person.membership.limited_to if person is not None and person.membership is not None else None) or []
    found = []
    with place.records() as db:
        for kind in place.request.registry.portal.seam.record_kinds.values():
            if kind.listing is None or not _may_read(place, kind):
                continue
            own = [public_id for name, public_id in limited if name == kind.kind]
            records, more = _listed(place, db, kind, own)
            if records:
                found.append(Kind(kind.kind, kind.label, kind.many or kind.label, records, more))
    return found


def _may_read(place: Place, kind: RecordKind) -> bool:
    """Whether whoever manages people may see the records themselves: their titles stand in pages and forms."""
    if not place.request.tenant_config.module_on(kind.kind.partition(".")[0]):
        return False
    return place.manager.holds is None or kind.permission in place.manager.holds


def _listed(place: Place, db: Session, kind: RecordKind, limited: list[str]) -> tuple[list[tuple[str, str]], bool]:
    """The first records of a kind with those that somebody is limited to, and whether there are more."""
    assert kind.listing is not None
    translate = place.request.translate
    # One more than is shown tells whether there are more.
    rows = list(kind.listing(db, MOST_RECORDS + 1))
    shown = {row.public_id: str(translate(kind.title(row))) for row in rows[:MOST_RECORDS]}
    for public_id in limited:
        if public_id not in shown:
            record = kind.load(db, public_id)
            shown[public_id] = str(translate(GONE if record is None else kind.title(record)))
    return list(shown.items()), len(rows) > MOST_RECORDS
