"""`/`: the sign-in page, the only bill group's home, or the choice between several."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from riskportal.identity.access import reachable
from riskportal.identity.addresses import domain_of
from riskportal.identity.models import User
from riskportal.identity.users import set_language as set_language_of
from riskportal.plug import _
from riskportal.security import cookies
from riskportal.security.junk import posted
from riskportal.security.redirects import local_path
from riskportal.web.locale import offered

CHOICE_LIMIT = 200


@view_config(route_name="core.start", request_method="GET", renderer="riskportal:templates/signin/choose.jinja2")
def start(request: Any) -> Any:
    """Lead a visitor to where they want to be."""
    user: User | None = request.user
    if user is None:
        return HTTPSeeOther(request.route_path("core.sign_in"))
    groups = reachable(request.db, user.email, request.clock.now(), CHOICE_LIMIT)
    if len(groups) == 1:
        return HTTPSeeOther(request.route_path("core.home", bill_group=groups[0].public_id))
    return {"groups": groups, "user": user, "domain": domain_of(user.email)}


@view_config(route_name="core.language", request_method="POST")
def set_language(request: Any) -> Any:
    """Remember the language for this browser, and for the user when somebody is signed in."""
    language = posted(request, "language")
    back = local_path(posted(request, "return_to")) or "/"
    response = HTTPSeeOther(back)
    if language in offered(request):
        if request.user is not None:
            set_language_of(request.user, language)
        cookies.put_language(request, response, language)
    else:
        request.note("bad", _("This portal doesn't speak that language."))
    return response
