"""Error pages: neutral words, the request id, the way back; never what went wrong inside."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from pyramid.httpexceptions import (
    HTTPException,
    HTTPForbidden,
    HTTPNotFound,
    HTTPSeeOther,
    HTTPServerError,
)
from pyramid.renderers import render_to_response

from riskportal.db.keyset import BadCursor
from riskportal.plug.calls import isolated
from riskportal.plug.messages import Message, _
from riskportal.security.contexts import READER, SignInNeeded, StepUpNeeded
from riskportal.security.cookies import in_console
from riskportal.security.csrf import CrossSite
from riskportal.security.redirects import local_path
from riskportal.tenancy.request import UnknownHost
from riskportal.web.layout import LOST_THE_WAY

log = logging.getLogger("riskportal.errors")

TEXTS: dict[int, tuple[Message, Message]] = {
    400: (
        _("This request can't be read"),
        _("Something in the address or the form is damaged. Go back, load the page again and try once more."),
    ),
    401: (_("A valid API key is needed"), _("Send it in the Authorization header as a Bearer token.")),
    403: (
        _("You can't open this"),
        _("Your access doesn't cover this page. The person who manages your account can change that."),
    ),
    404: (_("Nothing is here"), _("The address is wrong, or what was here is gone or belongs to another account.")),
    405: (_("This can't be done here"), _("Go back to the page you came from and try from there.")),
    410: (_("This link is no longer valid"), _("Links work once and for a limited time. Ask for a new one.")),
    413: (_("This is too large"), _("Send a smaller file.")),
    429: (_("Too many tries"), _("Please wait a moment and try again.")),
    500: (
        _("Something went wrong on our side"),
        _("Everything you saved before is still there. We have noted the problem; please try again in a moment."),
    ),
}

STAFF_LACKS = _("Your role in the team doesn't cover this page. An owner of the team can change that.")

# Statuses of a reader who is lost: nothing has failed.
LOST = (403, 404, 405)


def includeme(config: Any) -> None:
    config.add_notfound_view(not_found, append_slash=True)
    config.add_forbidden_view(forbidden)
    config.add_exception_view(http_error, context=HTTPException)
    config.add_exception_view(crash, context=Exception)
    config.add_exception_view(unreadable, context=BadCursor)


def page(request: Any, status: int, **headers: str) -> Any:
    """The designed page of a status; JSON for the API."""
    title, text = TEXTS.get(status, TEXTS[500 if status >= 500 else 400])
    if status == 403 and in_console(request):
        text = STAFF_LACKS
    if status in LOST:
        _know_brand(request)
        response = _inside(request, title, text)
        if response is not None:
            response.status_int = status
            response.headers.update(headers)
            return response
    request.environ["riskportal.failing"] = True
    if request.environ.get("PATH_INFO", "").startswith("/api/"):
        response = render_to_response("json", {"error": str(title), "request_id": request.request_id}, request)
    else:
        values = {
            "title": request.translate(title),
            "text": request.translate(text),
            "request_id": request.request_id if status >= 500 else None,
            "home_url": ("/staff" if in_console(request) else "/") if request.brand.version else None,
        }
        response = render_to_response("riskportal:templates/layouts/error.jinja2", values, request)
    response.status_int = status
    response.headers.update(headers)
    return response


def _inside(request: Any, title: Message, text: Message) -> Any:
    """The page within the layout of a reader whom the request knows, so that they find on; None for strangers.

    It asks the database for the navigation. When that can't be, a page without it follows, which asks nothing.
    """
    reader = request.environ.get(READER)
    if reader is None or request.environ.get("riskportal.failing"):
        return None
    request.environ[LOST_THE_WAY] = True
    request.context = reader
    request.__dict__.pop("layout", None)

    def render() -> Any:
        # What a view has left unwritten goes with its transaction.
        with request.db.no_autoflush:
            values = {"title": request.translate(title), "text": request.translate(text)}
            return render_to_response("riskportal:templates/layouts/lost.jinja2", values, request)

    try:
        return isolated(request, render)
    except Exception:
        log.exception("no navigation on the error page (request %s)", request.request_id)
        request.__dict__.pop("layout", None)
        return None


def _know_brand(request: Any) -> None:
    """An address that no route knows still gets the page of its tenant, when its host has one."""
    with suppress(UnknownHost):
        _ = request.brand


def not_found(error: HTTPNotFound, request: Any) -> Any:
    if isinstance(error, UnknownHost):
        request.environ["riskportal.failing"] = True
    return page(request, 404)


def forbidden(error: HTTPForbidden, request: Any) -> Any:
    """Nobody signed in: to the sign-in page and back afterwards. Somebody without the right: 403."""
    if isinstance(error, SignInNeeded):
        target = local_path(request.path_qs) if request.method in ("GET", "HEAD") else None
        query = {"next": target} if target and target != "/" else {}
        door = "core.staff_sign_in" if in_console(request) else "core.sign_in"
        return HTTPSeeOther(request.route_path(door, _query=query))
    if isinstance(error, StepUpNeeded):
        return HTTPSeeOther(_proof_page(request))
    if isinstance(error, CrossSite):
        # Somebody else's form: nothing is looked up for it.
        request.environ.pop(READER, None)
    return page(request, 403)


def _proof_page(request: Any) -> str:
    """Where to prove who one is, and from there back to the page; a sent form leads back to where it stood."""
    back = request.path_qs if request.method in ("GET", "HEAD") else own_path(request.referer)
    query = {"next": local_path(back) or "/"}
    if in_console(request):
        return request.route_path("core.staff_prove", _query=query)
    return request.route_path("core.prove", bill_group=request.matchdict["bill_group"], _query=query)


def own_path(referer: str | None) -> str | None:
    """The path of a page of ours; whose host it is doesn't matter, for only the path is kept."""
    parts = urlsplit(referer or "")
    return parts.path + (f"?{parts.query}" if parts.query else "")


def http_error(error: HTTPException, request: Any) -> Any:
    """Redirects pass as they are; every other status gets its page."""
    if error.status_int < 400:
        return error
    if isinstance(error, HTTPServerError):
        log.error("answered %s (request %s)", error.status_int, request.request_id)
    keep = {
        name: error.headers[name] for name in ("Retry-After", "WWW-Authenticate", "Allow") if name in error.headers
    }
    return page(request, error.status_int, **keep)


def unreadable(error: Exception, request: Any) -> Any:
    """An address that no page of ours leads to."""
    return page(request, 400)


def crash(error: Exception, request: Any) -> Any:
    if isinstance(error, UnicodeDecodeError):
        return unreadable(error, request)
    log.exception("request %s failed", request.request_id, exc_info=error)
    return page(request, 500)
