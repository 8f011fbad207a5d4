"""Previews: staff look at a bill group's portal as a customer sees it. The rules are in `identity.preview`."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.view import exception_view_config, view_config

from riskportal.contracts.records import RecordRef
from riskportal.customers.models import BillGroup
from riskportal.forms import Problem, submit
from riskportal.identity import preview as previews
from riskportal.plug import Message, _
from riskportal.security import cookies
from riskportal.security.contexts import PreviewOver
from riskportal.security.csrf import console_token
from riskportal.security.policy import Preview
from riskportal.security.preview import PreviewOnly
from riskportal.security.redirects import local_path
from riskportal.shell.access.preview import preview_form, viewer_of
from riskportal.web.errors import own_path

PAGE = "riskportal:templates/access/preview.jinja2"
OVER = (
    _("This preview has ended"),
    _("A preview lasts a quarter of an hour, and ends with your own session. Open another one in the console."),
)
ONLY = (
    _("This is a preview"),
    _("You see what the customer sees. Nothing can be changed here, and nothing was."),
)


@view_config(route_name="core.staff_preview", request_method="GET", renderer=PAGE)
def preview_page(request: Any) -> dict[str, Any]:
    """The choice whom to look as; `?as=` chooses beforehand."""
    group = _group(request)
    return {"group": group, "form": preview_form(request, group, request.GET.get("as", "owner"))}


@view_config(route_name="core.staff_preview", request_method="POST", renderer=PAGE)
def open_preview(request: Any) -> Any:
    """Open a preview: its cookie makes every page of this bill group one, in this browser."""
    group, now = _group(request), request.clock.now()

    def accept(values: dict[str, str]) -> Any:
        viewer = viewer_of(request.db, group, values["view_as"], now)
        if viewer is None:
            raise Problem({"view_as": _("Choose a role, or somebody who has access here.")})
        _row, token = previews.open_preview(
            request.db, request.user, group, now, role=viewer.role, email=viewer.email
        )
        request.audit(
            "core.preview_opened",
            record=RecordRef("core.bill_group", group.public_id),
            bill_group_id=group.id,
            staff=request.user.email,
            viewer=viewer.email or viewer.role,
            bill_group=group.name,
        )
        response = HTTPSeeOther(request.route_path("core.home", bill_group=group.public_id))
        seconds = int(previews.LIFETIME.total_seconds())
        cookies.put(request, response, cookies.PREVIEW + group.public_id, token, max_age=seconds)
        return response

    form = preview_form(request, group)
    return submit(request, form, accept, on_error=lambda form: {"group": group, "form": form})


@view_config(route_name="core.staff_preview_end", request_method="POST")
def end_preview(request: Any) -> Any:
    """Back to the console: the reader's previews of this bill group end at once."""
    group = _group(request)
    previews.end_previews(request.db, request.user, group, request.clock.now())
    response = HTTPSeeOther(request.route_path("core.staff_preview", public_id=group.public_id))
    cookies.drop_preview(request, response, group.public_id)
    request.note("good", _("The preview has ended."))
    return response


@exception_view_config(PreviewOver)
def preview_over(error: PreviewOver, request: Any) -> Any:
    """The preview's cookie opens nothing any more, and goes."""
    public_id = str(cookies.previewed(request))
    response = _stopped(request, OVER, console_url=_console(request, public_id))
    cookies.drop_preview(request, response, public_id)
    return response


@exception_view_config(PreviewOnly)
def preview_only(error: PreviewOnly, request: Any) -> Any:
    """A form was sent in a preview."""
    if not isinstance(request.identity, Preview):
        return preview_over(PreviewOver(), request)
    public_id = str(cookies.previewed(request))
    back = local_path(own_path(request.referer)) or request.route_path("core.home", bill_group=public_id)
    ending = {
        "url": request.route_path("core.staff_preview_end", public_id=public_id),
        "token": console_token(request),
    }
    return _stopped(request, ONLY, back_url=back, ending=ending)


def _group(request: Any) -> BillGroup:
    """The bill group of the address; a closed one has no portal to look at."""
    group: BillGroup = request.context.record
    if group.state != "active":
        raise HTTPNotFound()
    return group


def _stopped(request: Any, words: tuple[Message, Message], **values: Any) -> Any:
    request.environ["riskportal.failing"] = True
    title, text = (request.translate(word) for word in words)
    page = {"title": title, "text": text, "request_id": None, "home_url": None, **values}
    response = render_to_response("riskportal:templates/access/preview_stopped.jinja2", page, request)
    response.status_int = 403
    return response


def _console(request: Any, public_id: str) -> str:
    return str(request.route_path("core.staff_preview", public_id=public_id))
