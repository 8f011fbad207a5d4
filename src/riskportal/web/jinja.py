"""Jinja2 for pages: autoescape, undefined names are errors, and the globals that templates use."""

from __future__ import annotations

from typing import Any

from jinja2 import StrictUndefined, pass_context
from jinja2.runtime import Context
from pyramid.events import BeforeRender

from riskportal.icons import icon
from riskportal.plug.messages import Message
from riskportal.web import charts
from riskportal.web.pieces import show


def includeme(config: Any) -> None:
    config.registry.settings.setdefault("jinja2.undefined", "strict")
    config.registry.settings.setdefault("jinja2.trim_blocks", "true")
    config.registry.settings.setdefault("jinja2.lstrip_blocks", "true")
    config.include("pyramid_jinja2")
    config.add_jinja2_renderer(".jinja2")
    config.add_subscriber(_add_names, BeforeRender)
    config.action(None, lambda: _prepare(config.get_jinja2_environment()), order=999999)


def _prepare(environment: Any) -> None:
    environment.undefined = StrictUndefined
    environment.globals.update(
        charts=charts, icon=icon, show=show, _=_gettext, ngettext=_ngettext, translate=_translate
    )
    environment.finalize = _finalize


def _add_names(event: BeforeRender) -> None:
    request = event.get("request")
    if request is not None:
        event.setdefault("fmt", request.fmt)


@pass_context
def _gettext(context: Context, msgid: str, **values: Any) -> str:
    return context["request"].translator.gettext(msgid, **values)


@pass_context
def _ngettext(context: Context, one: str, many: str, n: int, **values: Any) -> str:
    return context["request"].translator.ngettext(one, many, n, **values)


@pass_context
def _translate(context: Context, message: Any) -> str:
    return context["request"].translator.translate(message)


@pass_context
def _finalize(context: Context, value: Any) -> Any:
    """Lazy messages are translated where they are printed; everything else is printed as it is."""
    if isinstance(value, Message):
        return context["request"].translator.translate(value)
    return value
