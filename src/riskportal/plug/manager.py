"""Loads the modules named in the ini file, in that order, and checks what only start-up can check."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pluggy

from riskportal.installed import OWN_PREFIX, own_packages
from riskportal.plug import hookspecs
from riskportal.plug.declarations import DeclarationError, Module


@dataclass(frozen=True)
class Loaded:
    """A module as it was found: its identity, its package and its `plugin` module with the hooks."""

    module: Module
    package: str
    plugin: Any

    @property
    def folder(self) -> Path:
        """Where the package lies (its templates, static files, locale and migrations are beside it)."""
        return Path(import_module(self.package).__file__ or "").parent


class Modules:
    """The loaded modules, and calls of their hooks in ini order."""

    def __init__(self, loaded: Sequence[Loaded]) -> None:
        self.loaded = tuple(loaded)
        self._pm = pluggy.PluginManager("riskportal")
        self._pm.add_hookspecs(hookspecs)
        # pluggy calls the last registered first; reversing gives ini order.
        for item in reversed(self.loaded):
            self._register(item)
        self._check_misspelt()

    def __iter__(self) -> Any:
        return iter(self.loaded)

    def call(self, item: Loaded, hook: str, **arguments: Any) -> Any:
        """Call one hook of one module; None when the module doesn't implement it."""
        for implementation in getattr(self._pm.hook, hook).get_hookimpls():
            if implementation.plugin is item.plugin:
                return implementation.function(*(arguments[name] for name in implementation.argnames))
        return None

    def hooks_of(self, item: Loaded) -> list[str]:
        """Names of the hooks that a module implements."""
        callers = self._pm.get_hookcallers(item.plugin) or []
        return sorted(caller.name for caller in callers)

    def _register(self, item: Loaded) -> None:
        try:
            self._pm.register(item.plugin, item.module.name)
        except pluggy.PluginValidationError as error:
            raise DeclarationError(f"module {item.module.name!r}: {error}") from error
        unmarked = [name for name in _hook_names() if _is_unmarked(item.plugin, name)]
        if unmarked:
            raise DeclarationError(
                f"module {item.module.name!r}: {unmarked[0]}() lacks @hookimpl and would never be called; "
                "mark it, or give it another name"
            )

    def _check_misspelt(self) -> None:
        try:
            self._pm.check_pending()
        except pluggy.PluginValidationError as error:
            raise DeclarationError(
                f"a module implements an unknown hook ({error}). Hooks are: {', '.join(_hook_names())}"
            ) from error


def _hook_names() -> list[str]:
    return [name for name in vars(hookspecs) if hasattr(getattr(hookspecs, name), "riskportal_spec")]


def _is_unmarked(plugin: Any, name: str) -> bool:
    """Whether `plugin` itself defines a function with a hook's name that pluggy won't call.

    `includeme` is called by Pyramid, with or without the mark.
    """
    function = vars(plugin).get(name)
    own = inspect.isfunction(function) and function.__module__ == plugin.__name__
    return own and name != "includeme" and not hasattr(function, "riskportal_impl")


def load_modules(names: Iterable[str]) -> Modules:
    """Import the modules by the names in `riskportal.plugins`.

    A short name means one of our own (`billing` -> `riskportal_billing`), any other name stands for
    itself. Raises DeclarationError with what to do.
    """
    loaded: list[Loaded] = []
    for name in names:
        item = _load(name)
        taken = {other.module.name: other.package for other in loaded}
        if item.module.name in taken:
            raise DeclarationError(
                f"riskportal.plugins lists two modules named {item.module.name!r} ({taken[item.module.name]} and "
                f"{item.package}); remove one"
            )
        missing = [needed for needed in item.module.requires if needed not in taken]
        if missing:
            raise DeclarationError(
                f"module {item.module.name!r} needs {', '.join(map(repr, missing))}; list it before "
                f"{item.module.name!r} in riskportal.plugins"
            )
        loaded.append(item)
    return Modules(loaded)


def package_of(name: str) -> str:
    """The package that a name in `riskportal.plugins` means; DeclarationError when there is none."""
    # Ours first: an unrelated package that happens to be called `billing` must not take its place.
    for package in (OWN_PREFIX + name, name):
        if all(part.isidentifier() for part in name.split(".")) and _exists(f"{package}.plugin"):
            return package
    close = difflib.get_close_matches(name.removeprefix(OWN_PREFIX), own_modules(), 1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise DeclarationError(
        f"riskportal.plugins: there is no module {name!r}.{hint} Modules that come with riskportal: "
        f"{', '.join(own_modules())}; any other is named by its installed package"
    )


def own_modules() -> list[str]:
    """Short names of the modules that come with riskportal."""
    return [package.removeprefix(OWN_PREFIX) for package in own_packages()]


def _exists(dotted: str) -> bool:
    try:
        return find_spec(dotted) is not None
    except ModuleNotFoundError as error:
        # A missing parent means "no such module"; anything else is a broken module and must be seen.
        if error.name and f"{dotted}.".startswith(f"{error.name}."):
            return False
        raise


def _load(name: str) -> Loaded:
    package = package_of(name)
    if import_module(package).__file__ is None:
        raise DeclarationError(
            f"{package} has no __init__.py; add an empty one, or its migrations would not be found"
        )
    plugin = import_module(f"{package}.plugin")
    module = getattr(plugin, "MODULE", None)
    if not isinstance(module, Module):
        raise DeclarationError(f"{package}.plugin must define MODULE = Module(name=..., title=..., version=...)")
    return Loaded(module, package, plugin)
