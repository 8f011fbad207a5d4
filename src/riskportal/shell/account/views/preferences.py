"""One's own name, language, time zone and choice of mails: one calm page."""

from __future__ import annotations

from typing import Any

import colander
from pyramid.httpexceptions import HTTPSeeOther

from riskportal.forms import create_form, submit
from riskportal.identity.preferences import choose_categories, set_preferences, unwanted_categories
from riskportal.mail.categories import BY_NAME
from riskportal.plug import _
from riskportal.security import cookies
from riskportal.security.cookies import in_console
from riskportal.shell.account.areas import account_path
from riskportal.shell.account.login_forms import AUTOMATIC, preferences_schema
from riskportal.shell.areas import in_both_areas
from riskportal.web.i18n import Translator

TEMPLATE = "riskportal:templates/account/preferences.jinja2"


@in_both_areas("preferences", request_method="GET", renderer=TEMPLATE)
def preferences_page(request: Any) -> dict[str, Any]:
    """What the user has chosen so far."""
    user, categories = request.user, _categories(request)
    unwanted = unwanted_categories(request.db, user)
    chosen: dict[str, Any] = {
        "name": user.name or "",
        "language": user.language or AUTOMATIC,
        "time_zone": user.time_zone or AUTOMATIC,
    }
    if categories:
        chosen["mails"] = {category for category in categories if category not in unwanted}
    return {"form": _form(request, categories, chosen)}


@in_both_areas("preferences", request_method="POST", renderer=TEMPLATE)
def save_preferences(request: Any) -> Any:
    """Keep the choices; the page that follows speaks the new language."""
    categories = _categories(request)
    return submit(request, _form(request, categories), lambda values: _save(request, categories, values))


def _save(request: Any, categories: list[str], values: dict[str, Any]) -> Any:
    user = request.user
    language, zone = (_chosen(values[name]) for name in ("language", "time_zone"))
    before = (user.name, user.language, user.time_zone)
    set_preferences(user, name=values["name"] or None, language=language, time_zone=zone)
    changed = before != (user.name, user.language, user.time_zone)
    if categories:
        wanted = {category: category in values["mails"] for category in categories}
        changed = choose_categories(request.db, user, wanted) or changed
    if changed:
        request.audit("core.preferences_changed", email=user.email)
    response = HTTPSeeOther(account_path(request, "preferences"))
    if language:
        cookies.put_language(request, response, language)
    request.note("good", _in_language(request, language).translate(_("Saved.")))
    return response


def _chosen(value: str) -> str | None:
    return None if value == AUTOMATIC else value


def _in_language(request: Any, language: str | None) -> Translator:
    """The translator of the language that the next page speaks."""
    catalogues = request.registry.portal.catalogues
    return Translator(catalogues[language], str) if language in catalogues else request.translator


def _categories(request: Any) -> list[str]:
    """The kinds of mails that customers may get here: of modules that are on. Staff get none of them."""
    if in_console(request):
        return []
    portal = request.registry.portal
    sent = {
        email.category
        for name, email in portal.seam.emails.items()
        if request.tenant_config.module_on(name.partition(".")[0])
    }
    return [name for name, category in BY_NAME.items() if name in sent and category.optional]


def _form(request: Any, categories: list[str], chosen: Any = colander.null) -> Any:
    return create_form(
        request,
        preferences_schema(request, categories),
        action=account_path(request, "preferences"),
        form_id="preferences",
        appstruct=chosen,
    )
