"""The words of mails: all kinds, and one in one language, edited beside what it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import escape
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from riskportal.forms import Problem, submit
from riskportal.mail.categories import BY_NAME
from riskportal.mail.copies import with_note
from riskportal.mail.own import OwnText, braced, is_link, names_of, problems
from riskportal.mail.texts import drop_text, keep_text, own_text, own_texts
from riskportal.plug import Message, _
from riskportal.plug.declarations import Email
from riskportal.plug.seam import CORE
from riskportal.security import limits
from riskportal.shell.emails import letters
from riskportal.shell.emails.forms import FRAME, text_form, text_of
from riskportal.shell.emails.frames import SANDBOX, allow_frame, framed
from riskportal.web.i18n import LANGUAGES
from riskportal.web.locale import offered

TEMPLATE = "riskportal:templates/emails/text.jinja2"


@dataclass(frozen=True)
class Place:
    """A mail kind in a language, as the address names them."""

    email: Email
    language: str

    @property
    def label(self) -> Message | str:
        return self.email.label


@view_config(route_name="core.mail_texts", request_method="GET", renderer="riskportal:templates/emails/texts.jinja2")
def mail_texts(request: Any) -> dict[str, Any]:
    """All kinds of mails by module, and where the tenant uses its own words."""
    own = own_texts(request.db)
    sections: dict[str, list[dict[str, Any]]] = {}
    for email in request.registry.portal.seam.emails.values():
        module = email.name.partition(".")[0]
        if module == CORE or request.tenant_config.module_on(module):
            sections.setdefault(module, []).append(_line(request, email, own))
    titles = {loaded.module.name: loaded.module.title for loaded in request.registry.portal.seam.modules}
    titles[CORE] = _("Sign-in and account")
    return {"sections": [(titles[module], lines) for module, lines in sections.items()]}


def _line(request: Any, email: Email, own: dict[tuple[str, str], OwnText]) -> dict[str, Any]:
    languages = []
    for language in offered(request):
        text = own.get((email.name, language))
        languages.append(
            {
                "label": LANGUAGES[language],
                "url": _path(request, "core.mail_text", Place(email, language)),
                "edited": text is not None,
                "broken": text is not None and bool(problems(email, text)),
            }
        )
    return {"label": email.label, "category": BY_NAME[email.category].label, "languages": languages}


@view_config(route_name="core.mail_text", request_method="GET", renderer=TEMPLATE)
def mail_text(request: Any) -> dict[str, Any]:
    """The tenant's words, or ours to begin with, and what they become."""
    place = _place(request)
    own = own_text(request.db, place.email.name, place.language)
    return _values(request, place, own, _form(request, place, own or _ours(request, place)))


@view_config(route_name="core.mail_text", request_method="POST", renderer=TEMPLATE)
def save_mail_text(request: Any) -> Any:
    """From now on mails of the kind say this in this language; to write our words is to go back to them."""
    place = _place(request)

    def save(data: dict[str, str]) -> Any:
        text = _checked(place, data)
        if text == _ours(request, place):
            return _reset(request, place)
        if keep_text(request.db, request.tenant, place.email.name, place.language, text):
            _audit(request, "core.mail_text_changed", place)
        request.note("good", _("Saved. E-mails that are sent from now on use this text."))
        return _back(request, place)

    own = own_text(request.db, place.email.name, place.language)
    return submit(request, _form(request, place), save, on_error=lambda form: _values(request, place, own, form))


@view_config(route_name="core.mail_text_reset", request_method="POST")
def reset_mail_text(request: Any) -> Any:
    """Back to our words."""
    return _reset(request, _place(request))


@view_config(route_name="core.mail_text_preview", request_method="GET")
def show_mail_text(request: Any) -> Any:
    """What is sent now, with sample values, for the frame."""
    place = _place(request)
    return framed(_preview(request, place, _sent(request, place)), place.language)


@view_config(route_name="core.mail_text_preview", request_method="POST")
def preview_mail_text(request: Any) -> Any:
    """What the words in the form would become, for the frame; nothing is kept. Script takes back what an earlier
    answer said about the form."""
    place = _place(request)

    def show(data: dict[str, str]) -> Any:
        return framed(_preview(request, place, _checked(place, data)), place.language)

    return submit(request, _form(request, place), show, on_error=lambda form: _objections(request, form))


@view_config(route_name="core.mail_text_test", request_method="POST", renderer=TEMPLATE)
def send_test(request: Any) -> Any:
    """Mail the words in the form to the reader, with sample values; the page keeps them and says so."""
    place = _place(request)
    form, own = _form(request, place), own_text(request.db, place.email.name, place.language)

    def send(data: dict[str, str]) -> Any:
        text, to = _checked(place, data), request.user.email
        limits.check(request, "mail.copy", str(request.user.id))
        request.registry.portal.mailer.send_test(
            request.db, request.tenant, place.email.name, to=to, language=place.language, own=text
        )
        return _values(request, place, own, _form(request, place, text), sent_to=to)

    return submit(request, form, send, on_error=lambda form: _values(request, place, own, form))


@view_config(route_name="core.mail_text_test", request_method="GET")
def after_test(request: Any) -> Any:
    """Who comes back to a page that told of a test, by a choice of language perhaps, finds the text."""
    return _back(request, _place(request))


def _place(request: Any) -> Place:
    """The kind and language of the address; 404 for others, and for kinds of a module that is off."""
    email = request.registry.portal.seam.emails.get(request.matchdict["kind"])
    language = request.matchdict["language"]
    if email is None or language not in offered(request):
        raise HTTPNotFound()
    module = email.name.partition(".")[0]
    if module != CORE and not request.tenant_config.module_on(module):
        raise HTTPNotFound()
    return Place(email, language)


def _path(request: Any, route: str, place: Place) -> str:
    found: str = request.route_path(route, kind=place.email.name, language=place.language)
    return found


def _form(request: Any, place: Place, text: OwnText | None = None) -> Any:
    return text_form(request, text, _path(request, "core.mail_text", place))


def _ours(request: Any, place: Place) -> OwnText | None:
    ours: OwnText | None = request.registry.portal.mailer.original(place.email.name, request.tenant, place.language)
    return ours


def _sent(request: Any, place: Place) -> OwnText | None:
    """The provider's own words, as long as they can be sent; None for ours."""
    own = own_text(request.db, place.email.name, place.language)
    return None if own is not None and problems(place.email, own) else own


def _mail(request: Any, place: Place, own: OwnText | None) -> Any:
    return request.registry.portal.mailer.preview(place.email.name, request.tenant, place.language, own)


def _preview(request: Any, place: Place, own: OwnText | None) -> str:
    mail = _mail(request, place, own)
    return with_note(mail.html, request.translate(_("Subject: {subject}", subject=mail.subject)))


def _checked(place: Place, data: dict[str, str]) -> OwnText:
    """The text of the form; Problem when it can't be sent."""
    text = text_of(data)
    wrong = problems(place.email, text)
    if wrong:
        raise Problem(dict(wrong))
    return text


def _objections(request: Any, form: Any) -> Any:
    """What is wrong with the form, for the frame: the page around it keeps what was typed."""
    lines = "".join(
        f"<li>{escape(': '.join(part for part in (title, text) if part))}</li>"
        for _oid, title, text in form.problems()
    )
    title = escape(request.translate(_("Please check what you entered")))
    page = f'<body style="font:16px/1.5 sans-serif;margin:24px;"><p><strong>{title}</strong></p><ul>{lines}</ul>'
    response = framed(page, request.locale_name)
    response.status_int = 400
    return response


def _reset(request: Any, place: Place) -> Any:
    if drop_text(request.db, request.tenant, place.email.name, place.language):
        _audit(request, "core.mail_text_reset", place)
    request.note("good", _("This e-mail uses the original text again."))
    return _back(request, place)


def _back(request: Any, place: Place) -> Any:
    return HTTPSeeOther(_path(request, "core.mail_text", place))


def _audit(request: Any, code: str, place: Place) -> None:
    request.audit(code, mail=request.translate(place.label), language=LANGUAGES[place.language])


def _values(request: Any, place: Place, own: OwnText | None, form: Any, sent_to: str = "") -> dict[str, Any]:
    """What the page shows; `sent_to` is where a test of the words in the form went."""
    allow_frame(request)
    email = place.email
    return {
        "title": place.label,
        "category": BY_NAME[email.category].label,
        "form": form,
        "sent_to": sent_to,
        "edited": own is not None,
        "broken": own is not None and bool(problems(email, own)),
        "has_original": _ours(request, place) is not None,
        "tabs": [
            {
                "label": LANGUAGES[language],
                "href": _path(request, "core.mail_text", Place(email, language)),
                "current": language == place.language,
            }
            for language in offered(request)
        ],
        "names": [_name(request, email, name) for name in names_of(email)],
        "frame": FRAME,
        "length": letters.length(_mail(request, place, _sent(request, place)).text),
        "sandbox": SANDBOX,
        "preview_url": _path(request, "core.mail_text_preview", place),
        "reset_url": _path(request, "core.mail_text_reset", place),
        "list_url": request.route_path("core.mail_texts"),
    }


def _name(request: Any, email: Email, name: str) -> dict[str, Any]:
    """A placeholder: how it is written, an example, and whether the text can't do without."""
    always = {"provider": request.tenant.name, "portal": request.tenant.base_url}
    sample = email.sample.get(name, always.get(name, ""))
    return {
        "written": braced([name]),
        "sample": _sample(request, sample),
        "needed": name in email.secrets,
        "link": is_link(name),
    }


def _sample(request: Any, value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_sample(request, item) for item in value)
    return str(request.translate(value)) if isinstance(value, Message) else str(value)
