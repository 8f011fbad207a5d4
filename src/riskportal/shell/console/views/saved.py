"""Saved views of the console's tables, and the console's language."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from riskportal.forms import Problem, submit
from riskportal.identity.saved_views import TooManyViews, forget_view, own_view, save_view
from riskportal.plug import _
from riskportal.security.junk import posted
from riskportal.security.redirects import local_path
from riskportal.shell.console.forms import view_form
from riskportal.shell.views.start import set_language


@view_config(
    route_name="core.staff_view_save", request_method="POST", renderer="riskportal:templates/console/view.jinja2"
)
def save(request: Any) -> Any:
    """Keep a table's filter and order under a name."""

    def accept(values: dict[str, str]) -> Any:
        try:
            save_view(request.db, request.user, values["page"], values["name"], values["query"])
        except TooManyViews:
            text = _("You have as many saved views of this list as it can show. Delete one of them first.")
            raise Problem({"name": text}) from None
        request.note("good", _("The view is saved as {name}.", name=values["name"]))
        return HTTPSeeOther(_back(values["back"]))

    return submit(request, view_form(request), accept)


@view_config(route_name="core.staff_view_forget", request_method="POST")
def forget(request: Any) -> Any:
    """Delete one of the reader's own views."""
    view = own_view(request.db, request.user, request.matchdict["public_id"])
    if view is None:
        raise HTTPNotFound()
    forget_view(request.db, view)
    request.note("good", _("The view {name} is deleted.", name=view.name))
    return HTTPSeeOther(_back(posted(request, "back")))


@view_config(route_name="core.staff_language", request_method="POST")
def language(request: Any) -> Any:
    """The console's language: its pages know the console's session only, so they have an address of their own."""
    return set_language(request)


def _back(path: str) -> str:
    return local_path(path) or "/staff"
