"""Bytes that are no text give 400, wherever they stand: path, query, form, cookie or header."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

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
            clean = all(_is_text(part) for part in _parts(request)) and not _body_was_mended(request)
        except (ValueError, TypeError, LookupError, DeprecationWarning):
            # UnicodeDecodeError is a ValueError; a broken multipart body raises any of these, and WebOb raises
            # the warning for a form in another charset than UTF-8.
            clean = False
        if not clean:
            # The page that says so reads the language from a cookie, and would stumble there again.
            request.environ.pop("HTTP_COOKIE", None)
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
    if _has_form(request):
        for key, value in request.POST.items():
            yield key
            yield value if isinstance(value, str) else value.filename


def _body_was_mended(request: Any) -> bool:
    """Whether reading the form put U+FFFD in the place of bytes that are no UTF-8, where others raise."""
    if not _has_form(request):
        return False
    texts = [text for pair in request.POST.items() for text in pair if isinstance(text, str)]
    return any("\ufffd" in text for text in texts) and b"\xef\xbf\xbd" not in unquote_to_bytes(request.body)


def _has_form(request: Any) -> bool:
    return request.method in ("POST", "PUT", "PATCH", "DELETE") and request.content_type in FORM_TYPES


def _is_text(part: str) -> bool:
    """No NUL (PostgreSQL has none in text) and no half of a surrogate pair (UTF-8 has none)."""
    return "\x00" not in part and not any("\ud800" <= char <= "\udfff" for char in part)


def posted(request: Any, name: str) -> str:
    """The text of a posted field, empty when it is absent; 400 when a file was sent in its place."""
    value = request.POST.get(name, "")
    if not isinstance(value, str):
        raise HTTPBadRequest()
    return value
