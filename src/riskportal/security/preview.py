"""What makes a preview harmless, whatever its pages do.

Its database session is sealed when it is made (db.session.sealed), and a request that would change something
is refused before any route is looked up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.httpexceptions import HTTPForbidden

from riskportal.db.request import SAFE_METHODS, SEAL
from riskportal.security import cookies


class PreviewOnly(HTTPForbidden):
    """A form was sent, or a program asked to change something, in a preview."""


def includeme(config: Any) -> None:
    config.registry[SEAL] = in_preview
    # Under the tween that has read and judged every byte of the request, over routing.
    config.add_tween("riskportal.security.preview.preview_tween", under="riskportal.security.junk.junk_tween")


def in_preview(request: Any) -> bool:
    """Whether the request looks at a bill group in a preview, living or over."""
    return cookies.previewed(request) is not None


def preview_tween(handler: Callable[[Any], Any], registry: Any) -> Callable[[Any], Any]:
    def tween(request: Any) -> Any:
        if request.method not in SAFE_METHODS and in_preview(request):
            raise PreviewOnly()
        return handler(request)

    return tween
