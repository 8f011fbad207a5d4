"""Hooks, their documentation and their tests say the same."""

from __future__ import annotations

import ast
import re

from house import ROOT, parsed, report

from riskportal.plug import hookspecs

HOOKSPECS = ROOT / "src" / "riskportal" / "plug" / "hookspecs.py"
DOCUMENT = ROOT / "docs" / "hooks.md"


def hooks() -> dict[str, str]:
    """Each hook's name and its signature as a reader writes it, e.g. `search(request, query, limit)`."""
    found = {}
    for node in parsed(HOOKSPECS).body:
        if isinstance(node, ast.FunctionDef) and any(
            ast.unparse(d).startswith("hookspec") for d in node.decorator_list
        ):
            found[node.name] = f"{node.name}({', '.join(argument.arg for argument in node.args.args)})"
    return found


def test_the_hooks_are_found():
    assert set(hookspecs.DECLARATION_HOOKS) < set(hooks())
    assert len(hooks()) >= 15


def test_every_hook_has_its_heading():
    headings = set(re.findall(r"^#{2,4} `?(\w+\([^)]*\))`?\s*$", DOCUMENT.read_text(encoding="utf-8"), re.M))
    missing = set(hooks().values()) - headings
    unknown = headings - set(hooks().values())
    report(
        [f"docs/hooks.md lacks the heading: ## `{signature}`" for signature in sorted(missing)]
        + [f"docs/hooks.md describes {signature}, which is no hook" for signature in sorted(unknown)]
    )


def test_every_hook_has_its_test():
    tests = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in parsed(path).body
        if isinstance(node, ast.FunctionDef)
    }
    names = [f"test_hook_{name}" for name in hooks()]
    report([f"no test proves the hook: write {name}" for name in names if not any(t.startswith(name) for t in tests)])
