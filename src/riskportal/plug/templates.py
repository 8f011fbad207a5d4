"""Templates that know whose words they speak: every `_()` and `ngettext()` names the template's package.

It is written while a template is compiled, because a page is made of several packages' templates: the
layout's texts are the core's, whichever module's page stands in it.
"""

from __future__ import annotations

import re

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame

_PACKAGE = re.compile(r"(?:.*[^\w.])?([\w.]+):", re.S)


def package_of(template: str | None) -> str:
    """The package of a template's name (`package:path`); empty when it names none."""
    found = _PACKAGE.match(template or "")
    return found[1] if found else ""


class KnowsItsPackage(CodeGenerator):
    """Writes `_("text", x=1)` as `_("text", x=1, origin_="package")`."""

    @property
    def package(self) -> str:
        """The package whose template is being compiled."""
        return package_of(self.name)

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """See jinja2.compiler.CodeGenerator."""
        if isinstance(node.node, nodes.Name) and node.node.name in ("_", "ngettext"):
            origin = nodes.Keyword("origin_", nodes.Const(self.package))
            node = nodes.Call(node.node, node.args, [*node.kwargs, origin], node.dyn_args, node.dyn_kwargs)
            node.set_environment(self.environment)
        super().visit_Call(node, frame, forward_caller=forward_caller)
