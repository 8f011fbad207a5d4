"""Loads the modules named in the ini file, in that order, and checks what only start-up can check."""

from __future__ import annotations

import difflib
import pkgutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pluggy

from riskportal.plug import hookspecs
from riskportal.plug.declarations import DeclarationError, Module

OWN_PREFIX = "riskportal_"


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

    def _check_misspelt(self) -> None:
        try:
            self._pm.check_pending()
        except pluggy.PluginValidationError as error:
            known = [name for name in vars(hookspecs) if hasattr(getattr(hookspecs, name), "riskportal_spec")]
            raise DeclarationError(
                f"a module implements an unknown hook ({error}). Hooks are: {', '.join(known)}"
            ) from error


def load_modules(names: Iterable[str]) -> Modules:
    """Import the modules by the names in `riskportal.plugins`.

    A short name means one of our own (`billing` -> `riskportal_billing`), a name with a dot or an
    importable package stands for itself. Raises DeclarationError with what to do.
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
    for package in (name, OWN_PREFIX + name):
        if _exists(f"{package}.plugin"):
            return package
    close = difflib.get_close_matches(name, own_modules(), 1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise DeclarationError(
        f"riskportal.plugins: there is no module {name!r}.{hint} Modules that come with riskportal: "
        f"{', '.join(own_modules())}; any other is named by its installed package"
    )


def own_modules() -> list[str]:
    """Short names of the modules that come with riskportal."""
    return sorted(
        found.name.removeprefix(OWN_PREFIX) for found in pkgutil.iter_modules() if found.name.startswith(OWN_PREFIX)
    )


def _exists(dotted: str) -> bool:
    try:
        return find_spec(dotted) is not None
    except ModuleNotFoundError as error:
        # A missing parent means "no such module"; anything else is a broken module and must be seen.
        if error.name and dotted.startswith(error.name):
            return False
        raise


def _load(name: str) -> Loaded:
    package = package_of(name)
    plugin = import_module(f"{package}.plugin")
    module = getattr(plugin, "MODULE", None)
    if not isinstance(module, Module):
        raise DeclarationError(f"{package}.plugin must define MODULE = Module(name=..., title=..., version=...)")
    return Loaded(module, package, plugin)
