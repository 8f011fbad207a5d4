"""The audit log: who did what and when, with filters, and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from riskportal.audit.models import AuditEntry
from riskportal.audit.services import entries
from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.files.services import content_disposition
from riskportal.plug import _
from riskportal.shell.provider.audit_filter import Asked, asked, bounds, conditions
from riskportal.shell.provider.entries import kind_of, limit_titles, lines_of, owners_of, sentence, who
from riskportal.shell.provider.module_settings import titles
from riskportal.web import csv
from riskportal.web.paging import changed_query

PER_PAGE = 50
# Rows that an export reads at a time.
CHUNK = 500
HEAD = (
    _("Time"), _("Who"), _("Kind of actor"), _("What"), _("Event"), _("Code"), _("Customer"), _("Bill group"),
    _("Record"), _("Record's id"), _("IP address"), _("Request"),
)  # fmt: skip


@view_config(
    route_name="core.staff_audit", request_method="GET", renderer="riskportal:templates/provider/audit.jinja2"
)
def show_log(request: Any) -> dict[str, Any]:
    """A page of entries, newest first."""
    filtered = asked(request)
    since, until = bounds(filtered, request.tenant.time_zone)
    wanted = conditions(request.db, filtered)
    found = entries(
        request.db,
        since=since,
        until=until,
        also=wanted.also,
        either=wanted.either,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
        limit=PER_PAGE,
    )
    return {
        "filter": filtered,
        "about": _about(request, filtered),
        "kinds": _kinds(request),
        "lines": lines_of(request, found.entries),
        "newer": changed_query(request, before=found.previous, after=None) if found.previous else None,
        "older": changed_query(request, after=found.next, before=None) if found.next else None,
        "zone": request.tenant.time_zone,
        "export_url": request.route_path("core.staff_audit_export", _query=filtered.values),
        "without_about": changed_query(request, about=None, after=None, before=None),
    }


def _about(request: Any, filtered: Asked) -> str | None:
    """The record that the address asks for, in words."""
    if filtered.ref is None:
        return None
    kind = request.registry.portal.seam.record_kinds.get(filtered.ref.kind)
    if kind is None:
        return filtered.ref.kind
    link = request.link_to(filtered.ref) if request.allows(kind.permission) else None
    return f"{request.translate(kind.label)}: {link.label if link else filtered.ref.public_id}"


def _kinds(request: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """The kinds of entries by module, for the choice of one."""
    names = titles(request)
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, event in request.registry.portal.seam.audit_events.items():
        groups.setdefault(code.partition(".")[0], []).append((code, request.translate(event.label)))
    return [(names.get(owner, owner), sorted(kinds, key=lambda kind: kind[1])) for owner, kinds in groups.items()]


@view_config(route_name="core.staff_audit_export", request_method="POST")
def export(request: Any) -> Any:
    """The entries of the same filter as CSV, which is an act of its own: it stands in the log itself.

    The file is written while it is sent, in a session of its own: this request's transaction has ended by then.
    """
    filtered = asked(request)
    if filtered.problems:
        request.note("bad", _("Please correct the filter first."))
        return HTTPSeeOther(request.route_path("core.staff_audit", _query=filtered.values))
    request.audit("core.audit_exported", filter=filtered.text())
    # Translating the head settles language and formats while there is a session to read them from.
    head = [request.translate(title) for title in HEAD]
    rows = _rows(request, request.tenant.id, request.tenant.time_zone, filtered, request.clock.now())
    name = f"audit-{request.today.isoformat()}.csv"
    response = Response(app_iter=csv.lines(head, rows), content_type="text/csv")
    response.charset = "utf-8"
    response.headers["Content-Disposition"] = content_disposition(name)
    return response


def _rows(request: Any, tenant_id: int, zone: str, filtered: Asked, now: datetime) -> Iterator[list[object]]:
    """All entries until `now`, newest first, without the one about this very export."""
    since, until = bounds(filtered, zone)
    until = min(until or datetime.max.replace(tzinfo=UTC), now + datetime.resolution)
    with request.registry.portal.database.session(Scope.tenant_wide(tenant_id), write=False) as db:
        wanted, after = conditions(db, filtered), None
        while True:
            page = entries(
                db, since=since, until=until, also=wanted.also, either=wanted.either, after=after, limit=CHUNK
            )
            groups, titles = owners_of(db, page.entries), limit_titles(request, db, page.entries)
            for entry in page.entries:
                if entry.request_id == request.request_id:
                    continue
                what = sentence(request, entry, titles)
                yield _row(request, entry, what, groups.get(entry.bill_group_id or 0), zone)
            # A long log must not gather in memory.
            db.expunge_all()
            after = page.next
            if after is None:
                return


def _row(request: Any, entry: AuditEntry, what: str, group: BillGroup | None, zone: str) -> list[object]:
    return [
        entry.at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds"),
        who(request, entry),
        entry.actor_kind,
        what,
        kind_of(request, entry.code),
        entry.code,
        group.customer.name if group is not None else "",
        group.name if group is not None else "",
        entry.record_kind or "",
        entry.record_id or "",
        entry.ip or "",
        entry.request_id or "",
    ]
