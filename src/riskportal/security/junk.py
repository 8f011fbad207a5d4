"""Bytes that are no text give 400, wherever they stand: path, query, form, cookie or header."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pyramid.httpexceptions import HTTPBadRequest, HTTPRequestEntityTooLarge

MAX_BODY = 12 * 1024 * 1024
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def includeme(config: Any) -> None:
    # Under the exception views, so that the refusal is a designed page; over everything that reads input.
    config.add_tween("riskportal.security.junk.junk_tween", under="pyramid.tweens.excview_tween_factory")


def junk_tween(handler: Callable[[Any], Any], registry: Any) -> Callable[[Any], Any]:
    def tween(request: Any) -> Any:
        if (request.content_length or 0) > MAX_BODY:
            raise HTTPRequestEntityTooLarge()
        try:
            clean = all(_is_text(part) for part in _parts(request))
        except (ValueError, TypeError, KeyError, LookupError):
            # UnicodeDecodeError is a ValueError; a broken multipart body raises any of these.
            clean = False
        if not clean:
            raise HTTPBadRequest()
        return handler(request)

    return tween


def _parts(request: Any) -> Iterable[str]:
    """Everything in the request that views read as text; reading it decodes it."""
    yield request.path_info
    yield request.host
    for key, value in request.GET.items():
        yield key
        yield value
    for key, value in request.cookies.items():
        yield key
        yield value
    if request.method in ("POST", "PUT", "PATCH", "DELETE") and request.content_type in FORM_TYPES:
        for key, value in request.POST.items():
            yield key
            yield value if isinstance(value, str) else value.filename


def _is_text(part: str) -> bool:
    """No NUL (PostgreSQL has none in text) and no half of a surrogate pair (UTF-8 has none)."""
    return "\x00" not in part and not any("\ud800" <= char <= "\udfff" for char in part)


def posted(request: Any, name: str) -> str:
    """The text of a posted field, empty when it is absent; 400 when a file was sent in its place."""
    value = request.POST.get(name, "")
    if not isinstance(value, str):
        raise HTTPBadRequest()
    return value
