"""`request.locale_name`, `request.translator`, `request.fmt`, `request.translate`."""

from __future__ import annotations

from typing import Any

from riskportal.identity.models import User
from riskportal.security import cookies
from riskportal.web.format import Format
from riskportal.web.i18n import LANGUAGES, Translator, negotiate
from riskportal.web.zones import is_zone


def includeme(config: Any) -> None:
    config.set_locale_negotiator(choose_language)
    config.add_request_method(_format, "fmt", reify=True)
    config.add_request_method(_translator, "translator", reify=True)
    config.add_request_method(lambda request, message: request.translator.translate(message), "translate")


def choose_language(request: Any) -> str:
    """The user's own choice, else the browser's cookie, else what the browser prefers, within the tenant's."""
    failing = request.environ.get("riskportal.failing")
    user: User | None = None if failing else request.user
    cookie = request.cookies.get(cookies.LANGUAGE)
    accepted = [str(language) for language, _quality in request.accept_language.parsed or ()]
    return negotiate([user.language if user else None, cookie, *accepted], request.brand.languages)


def offered(request: Any) -> list[str]:
    """The languages that this tenant's portal speaks."""
    return [language for language in request.brand.languages if language in LANGUAGES] or ["en"]


def _format(request: Any) -> Format:
    """Instants in the reader's own time zone; dates such as a due date are the tenant's for everybody."""
    return Format(request.locale_name, zone_of(request), request.today)


def zone_of(request: Any) -> str:
    """The time zone that the reader chose, else the tenant's."""
    return zone_for(request, None if request.environ.get("riskportal.failing") else request.user)


def zone_for(request: Any, user: User | None) -> str:
    """The time zone that a user chose, else the tenant's."""
    chosen = user.time_zone if user is not None else None
    return chosen if chosen and is_zone(chosen) else request.brand.time_zone


def _translator(request: Any) -> Translator:
    return Translator(request.registry.portal.catalogues[request.locale_name], request.fmt.number)
