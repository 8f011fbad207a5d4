"""Widget templates: plain Jinja2, strict, autoescaped, without anything of the page around them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import colander
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from riskportal.forms.messages import Translate, at_field
from riskportal.icons import icon
from riskportal.plug.messages import _

_HERE = Path(__file__).parent


@cache
def _environment() -> Environment:
    loader = PrefixLoader(
        {
            "deform": FileSystemLoader(_HERE / "templates" / "deform"),
            "core": FileSystemLoader(_HERE.parent / "templates"),
        }
    )
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.globals["icon"] = icon
    return environment


class FormRenderer:
    """What deform calls to render a widget, bound to one reader's language."""

    def __init__(self, translate: Translate) -> None:
        self.translate = translate

    def __call__(self, template_name: str, **kw: Any) -> Markup:
        kw.pop("request", None)
        template = _environment().get_template(f"deform/{template_name}.jinja2")
        values = {
            **kw,
            "_": self._message,
            "say": self._say,
            "problems": self.problems,
            "text_of": text_of,
        }
        return Markup(template.render(values))  # noqa: S704 - output of an autoescaping template

    def _message(self, msgid: str, **values: Any) -> str:
        return self.translate(_(msgid, **values))

    def _say(self, text: Any) -> str:
        return self.translate(text) if text else ""

    def problems(self, field: Any) -> list[str]:
        """The messages at this field, each once; a container's own messages only."""
        return at_field(field, self.translate)


def text_of(cstruct: Any) -> str:
    """A serialized value for an input; nothing for an unset one."""
    return "" if cstruct is colander.null or cstruct is None else str(cstruct)
