"""Jinja2 for pages: autoescape, undefined names are errors, and the names that templates use.

One environment per language: a text without placeholders, `{{ _("Invoices") }}`, is translated when
the template is compiled, not on every page.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, StrictUndefined, nodes, pass_context
from jinja2.compiler import Frame
from jinja2.runtime import Context

from riskportal.icons import icon
from riskportal.plug.messages import Message
from riskportal.plug.templates import KnowsItsPackage
from riskportal.web import charts, fragments
from riskportal.web.i18n import Catalogue
from riskportal.web.pieces import show

EXTENSION = ".jinja2"


def includeme(config: Any) -> None:
    settings = config.registry.settings
    settings.update({"jinja2.undefined": "strict", "jinja2.trim_blocks": "true", "jinja2.lstrip_blocks": "true"})
    # It brings the environment and a renderer, which ours replaces: an outer statement wins over an included one.
    config.include("pyramid_jinja2")
    environments: dict[str, Environment] = {}
    config.add_renderer(EXTENSION, lambda info: PageRenderer(info.name, environments))
    catalogues = config.registry.portal.catalogues
    # pyramid_jinja2 makes its environment among the configuration's actions.
    config.action(
        None, lambda: _prepare(config.get_jinja2_environment(EXTENSION), catalogues, environments), order=999999
    )


class PageRenderer:
    """Renders one template in the request's language."""

    def __init__(self, name: str, environments: dict[str, Environment]) -> None:
        self._name = name
        self._environments = environments

    def __call__(self, value: dict[str, Any], system: dict[str, Any]) -> str:
        request = system["request"]
        template = self._environments[request.locale_name].get_template(self._name)
        return template.render({**system, "fmt": request.fmt, **value})


def _prepare(base: Environment, catalogues: dict[str, Catalogue], environments: dict[str, Environment]) -> None:
    base.undefined = StrictUndefined
    base.globals.update(charts=charts, fragments=fragments, icon=icon, show=show)
    base.globals.update(_=_gettext, ngettext=_ngettext, translate=_translate)
    base.finalize = _finalize
    for language, catalogue in catalogues.items():
        environments[language] = base.overlay()
        environments[language].code_generator_class = _generator(catalogue)


def _generator(catalogue: Catalogue) -> type[KnowsItsPackage]:
    class InLanguage(KnowsItsPackage):
        """Writes `_("text")` as the translated text."""

        def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
            if _is_fixed_text(node):
                self.visit_Const(nodes.Const(catalogue.text(node.args[0].value, self.package)), frame)  # type: ignore[attr-defined]
            else:
                super().visit_Call(node, frame, forward_caller=forward_caller)

    return InLanguage


def _is_fixed_text(node: nodes.Call) -> bool:
    named = isinstance(node.node, nodes.Name) and node.node.name == "_"
    fixed = len(node.args) == 1 and isinstance(node.args[0], nodes.Const)
    return named and fixed and not (node.kwargs or node.dyn_args or node.dyn_kwargs)


@pass_context
def _gettext(context: Context, msgid: str, origin_: str = "", **values: Any) -> str:
    return context["request"].translator.gettext(msgid, origin_, **values)


@pass_context
def _ngettext(context: Context, one: str, many: str, n: int, origin_: str = "", **values: Any) -> str:
    return context["request"].translator.ngettext(one, many, n, origin_, **values)


@pass_context
def _translate(context: Context, message: Any) -> str:
    return context["request"].translator.translate(message)


@pass_context
def _finalize(context: Context, value: Any) -> Any:
    """Lazy messages are translated where they are printed; everything else is printed as it is."""
    if isinstance(value, Message):
        return context["request"].translator.translate(value)
    return value
