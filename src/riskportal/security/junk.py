"""Bytes that are no text give 400, wherever they stand: path, query, form, cookie or header.

And no request costs more to read than it may: 12 MB of one-letter fields would take gigabytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from pyramid.httpexceptions import HTTPBadRequest, HTTPRequestEntityTooLarge

MAX_BODY = 12 * 1024 * 1024
# Far above any form of ours; each field costs some hundred bytes to hold and much more to read.
MAX_FIELDS = 2000
# WebOb reads a body without a type as a form, too.
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data", "")
_BROKEN = re.compile("[\x00\ud800-\udfff]")
_BOUNDARY = re.compile(r'boundary\s*=\s*"?([^";,\s]+)', re.IGNORECASE)


def includeme(config: Any) -> None:
    # Under the exception views, so that the refusal is a designed page; over everything that reads input.
    config.add_tween("riskportal.security.junk.junk_tween", under="pyramid.tweens.excview_tween_factory")


def junk_tween(handler: Callable[[Any], Any], registry: Any) -> Callable[[Any], Any]:
    def tween(request: Any) -> Any:
        if (request.content_length or 0) > MAX_BODY:
            raise HTTPRequestEntityTooLarge()
        try:
            if _has_form(request) and _fields(request) > MAX_FIELDS:
                raise HTTPRequestEntityTooLarge()
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


def _fields(request: Any) -> int:
    """How many fields the form has at most, told without reading it."""
    if request.content_type != "multipart/form-data":
        return int(request.body.count(b"&")) + 1
    boundaries = _BOUNDARY.findall(request.headers.get("Content-Type", ""))
    return max((request.body.count(b"--" + text.encode("latin-1", "replace")) for text in boundaries), default=0)


def _is_text(part: str) -> bool:
    """No NUL (PostgreSQL has none in text) and no half of a surrogate pair (UTF-8 has none)."""
    return _BROKEN.search(part) is None


def posted(request: Any, name: str) -> str:
    """The text of a posted field, empty when it is absent; 400 when a file was sent in its place."""
    value = request.POST.get(name, "")
    if not isinstance(value, str):
        raise HTTPBadRequest()
    return value
