"""From a declared mail kind and its values to subject, text and HTML."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound, pass_context, select_autoescape
from jinja2.runtime import Context

from riskportal.mail.own import Block, OwnText, blocks_of, braced, filled, problems
from riskportal.plug.declarations import Email
from riskportal.plug.messages import Message
from riskportal.plug.templates import KnowsItsPackage
from riskportal.tenancy.brand import ink_for
from riskportal.tenancy.models import Tenant

# Names that every mail template has; a placeholder can't take them.
RESERVED = frozenset(("_", "ngettext", "fmt", "language", "tenant", "accent", "on_accent", "translate"))
# The frame around plain text: `blocks`, `preheader` and `body` are its own names.
_OWN_HTML = "riskportal:templates/email/own.html.jinja2"
_OWN_TEXT = "riskportal:templates/email/own.txt.jinja2"

_ACCENT = re.compile(r"#[0-9a-fA-F]{6}\Z")
_FALLBACK_ACCENT = "#0b5d57"
# A character that no text of ours holds: the line of a list's only pair, of which the placeholder is kept.
_MARK = "\ue000"
_LISTED = re.compile(rf"(\{{[a-z_]+\}})[^\n]*{_MARK}[^\n]*")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


class MailError(ValueError):
    """A mail can't be composed; the message says which rule the caller broke."""


@dataclass(frozen=True)
class Rendered:
    """The three parts of a mail."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class MailTexts:
    """What rendering needs from the web layer.

    `translate(message, language)` turns a lazy message (or a plain English text) into the language;
    `formatter(language, tenant)` gives the `fmt` of the templates.
    """

    translate: Callable[[str, str], str] = lambda message, language: str(message)
    formatter: Callable[[str, Tenant], Any] = lambda language, tenant: None


class AssetLoader(BaseLoader):
    """Loads `package:path/in/package` from installed packages, zipped or not."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Any]:
        """See jinja2.BaseLoader."""
        package, colon, path = template.partition(":")
        if not colon or ".." in path.split("/"):
            raise TemplateNotFound(template, f"mail templates are named 'package:path', not {template!r}")
        try:
            source = importlib.resources.files(package).joinpath(path).read_text("utf-8")
        except (ModuleNotFoundError, OSError):
            raise TemplateNotFound(template) from None
        return source, None, lambda: True


class MailRenderer:
    """Renders mails. Templates are the installation's own code; what tenants edit never comes here."""

    def __init__(self, texts: MailTexts) -> None:
        self._texts = texts
        self._environment = Environment(
            loader=AssetLoader(),
            autoescape=select_autoescape(("html.jinja2",), default=False),
            undefined=StrictUndefined,
            finalize=self._finalize(),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )
        self._environment.code_generator_class = KnowsItsPackage

    def render(self, email: Email, tenant: Tenant, language: str, values: Mapping[str, Any]) -> Rendered:
        """The mail in a language; MailError when `values` aren't exactly the declared placeholders."""
        _check_values(email, values)
        context = {**values, **self._globals(tenant, language)}
        subject, text, html = (
            self._environment.get_template(f"{email.template}.{part}.jinja2").render(context)
            for part in ("subject", "txt", "html")
        )
        return Rendered(one_line(subject), storable(text).strip() + "\n", storable(html))

    def render_own(
        self, email: Email, tenant: Tenant, language: str, values: Mapping[str, Any], own: OwnText
    ) -> Rendered:
        """The mail in the tenant's own words; BadText when they name a value that the kind doesn't have."""
        _check_values(email, values)
        named = {name: self._said(value, tenant, language) for name, value in values.items()}
        named = {"provider": tenant.name, "portal": tenant.base_url, **named}
        return self.framed(tenant, language, filled(own.subject, named), own.body, named)

    def framed(
        self, tenant: Tenant, language: str, subject: str, body: str, values: Mapping[str, str] | None = None
    ) -> Rendered:
        """Plain text in the branded frame, `{name}` in the body filled; see riskportal.mail.own."""
        named = values or {}
        blocks = blocks_of(body, named)
        context = {**self._globals(tenant, language), "blocks": blocks, "preheader": _preheader(blocks)}
        text = self._environment.get_template(_OWN_TEXT).render(context | {"body": filled(body.strip(), named)})
        html = self._environment.get_template(_OWN_HTML).render(context)
        return Rendered(one_line(subject), storable(text).strip() + "\n", storable(html))

    def original(self, email: Email, tenant: Tenant, language: str) -> OwnText | None:
        """Our words of a kind with their placeholders, as a tenant would write them; None when they depend on
        what the values are, so that no plain text says the same."""
        named = {name: _stand_in(name, email.sample[name]) for name in email.placeholders}
        context = {**named, **self._globals(tenant, language), "tenant": _Named(tenant), "fmt": _AsTheyAre()}
        try:
            subject = self._environment.get_template(f"{email.template}.subject.jinja2").render(context)
            template = self._environment.get_template(f"{email.template}.txt.jinja2")
            body = "".join(template.blocks["content"](template.new_context(context)))
        except Exception:
            # Whatever a template does with a value, it can't do it with a placeholder's name.
            return None
        text = OwnText(one_line(subject), _LISTED.sub(r"\1", storable(body)).strip())
        return None if problems(email, text) else text

    def _said(self, value: Any, tenant: Tenant, language: str) -> str:
        """A placeholder's value as plain text: lists line by line, pairs as "label: value"."""
        fmt = self._texts.formatter(language, tenant)
        if isinstance(value, Message):
            return self._texts.translate(value, language)
        if isinstance(value, datetime | date) and fmt is not None:
            return str(fmt.datetime(value) if isinstance(value, datetime) else fmt.date(value))
        if isinstance(value, list | tuple):
            items = [item if isinstance(item, list | tuple) else (item,) for item in value]
            return "\n".join("- " + ": ".join(self._said(part, tenant, language) for part in item) for item in items)
        return str(value)

    def _globals(self, tenant: Tenant, language: str) -> dict[str, Any]:
        translate = self._texts.translate

        def gettext(msgid: str, origin_: str = "", **values: Any) -> str:
            return translate(Message(msgid, values, origin=origin_), language)

        def ngettext(one: str, many: str, n: int, origin_: str = "", **values: Any) -> str:
            return translate(Message(one, {"n": n, **values}, many, origin_), language)

        accent = tenant.accent if _ACCENT.match(tenant.accent) else _FALLBACK_ACCENT
        return {
            "_": gettext,
            "ngettext": ngettext,
            "translate": lambda message: translate(message, language),
            "fmt": self._texts.formatter(language, tenant),
            "language": language,
            "tenant": tenant,
            "accent": accent,
            "on_accent": ink_for(accent),
        }

    def _finalize(self) -> Callable[[Context, Any], Any]:
        @pass_context
        def in_language(context: Context, value: Any) -> Any:
            """A lazy message given as a placeholder is shown in the mail's language."""
            return self._texts.translate(value, context["language"]) if isinstance(value, Message) else value

        return in_language


class _AsTheyAre:
    """Formats nothing: a placeholder in the place of a date stays a placeholder."""

    def __getattr__(self, _name: str) -> Callable[..., Any]:
        return lambda value, *_more: value


def _stand_in(name: str, sample: Any) -> Any:
    """A placeholder in the place of a value; of a list in the place of its only pair, marked."""
    return [(braced([name]), _MARK)] if isinstance(sample, list | tuple) else braced([name])


class _Named:
    """A tenant whose name and address read as their placeholders."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self.name, self.base_url = braced(["provider"]), braced(["portal"])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tenant, name)


def _preheader(blocks: Sequence[Block]) -> str:
    """The first paragraph that is text, for the line that an inbox shows."""
    for block in blocks:
        if block.kind == "text":
            return " ".join(span.text for line in block.lines for span in line)[:140]
    return ""


def one_line(text: str) -> str:
    """Text for a header line: runs of white space become one blank, control characters vanish."""
    return "".join(c for c in " ".join(storable(text).split()) if c.isprintable())


def storable(text: str) -> str:
    """Text without NUL and lone surrogates, which neither a database nor a mail can hold."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _check_values(email: Email, values: Mapping[str, Any]) -> None:
    reserved = RESERVED & set(email.placeholders)
    missing, unknown = set(email.placeholders) - set(values), set(values) - set(email.placeholders)
    for problem, names in (("can't take", reserved), ("lacks", missing), ("doesn't know", unknown)):
        if names:
            raise MailError(f"mail {email.name} {problem} the placeholder {', '.join(sorted(names))}")
