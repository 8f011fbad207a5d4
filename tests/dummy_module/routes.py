"""All four kinds of routes."""

from __future__ import annotations

from typing import Any

from dummy_module.services import INotes, Notes

PORTAL = "dummy_module:templates/"


def includeme(config: Any) -> None:
    config.register_contract(INotes, lambda request: Notes(request.db))
    config.add_public_route("dummy.about", "/about")
    config.add_portal_route("dummy.notes", "", permission="dummy.note.read")
    config.add_portal_route("dummy.write", "/write", permission="dummy.note.write")
    config.add_portal_route("dummy.note", "/{public_id}", permission="dummy.note.read", record="dummy.note")
    config.add_staff_route("dummy.desk", "", permission="dummy.note.answer")
    config.add_staff_route("dummy.answer", "/{public_id}", permission="dummy.note.answer", record="dummy.note")
    config.add_api_route("dummy.export", "/notes", permission="dummy.note.export")
    views = "dummy_module.views."
    config.add_view(views + "public.about", route_name="dummy.about", request_method="GET", renderer="string")
    config.add_view(
        views + "portal.notes_page", route_name="dummy.notes", request_method="GET", renderer=PORTAL + "notes.jinja2"
    )
    config.add_view(
        views + "portal.note_page", route_name="dummy.note", request_method="GET", renderer=PORTAL + "note.jinja2"
    )
    for method in ("GET", "POST"):
        config.add_view(
            f"{views}portal.write_{method.lower()}",
            route_name="dummy.write",
            request_method=method,
            renderer=PORTAL + "write.jinja2",
        )
    config.add_view(
        views + "staff.desk_page", route_name="dummy.desk", request_method="GET", renderer=PORTAL + "notes.jinja2"
    )
    config.add_view(views + "staff.answer", route_name="dummy.answer", request_method="POST")
    config.add_view(views + "api.export", route_name="dummy.export", request_method="GET", renderer="json")
