"""The `riskportal` program: `riskportal -c INI COMMAND`.

Whatever goes wrong in a foreseeable way is one clear sentence on stderr and exit code 1 (2 for a wrong
command line); anything else is a bug and shows its traceback.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any

from riskportal.cli import (
    demo,
    doctor,
    jobs,
    loading,
    maintenance,
    modules,
    serving,
    staff,
    tenant_settings,
    tenants,
    tokens,
)
from riskportal.cli.common import CliError, Invocation, complain, explain

GROUPS = (demo, serving, loading, maintenance, tenants, staff, tokens, modules, tenant_settings, jobs, doctor)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    try:
        return _run(argv)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as error:
        sentence = explain(error)
        if sentence is None:
            raise
        complain(sentence)
        return 1


def _run(argv: Sequence[str] | None) -> int:
    parser, subparsers = _parser()
    invocation = Invocation(_early(argv).config)
    if _needs_modules(argv, subparsers):
        _add_module_commands(subparsers, invocation)
    arguments = parser.parse_args(argv)
    if getattr(arguments, "portal_command", False):
        result = arguments.func(arguments, invocation.migrated())
    else:
        result = arguments.func(arguments, invocation)
    return int(result or 0)


def _parser() -> tuple[argparse.ArgumentParser, Any]:
    parser = argparse.ArgumentParser(prog="riskportal", description="Runs and looks after a customer portal.")
    parser.add_argument("-c", "--config", default="development.ini", metavar="INI", help="the configuration file")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for group in GROUPS:
        group.add_commands(subparsers)
    return parser, subparsers


def _early(argv: Sequence[str] | None) -> argparse.Namespace:
    """The configuration file's name, before the modules' commands are known."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("-c", "--config", default="development.ini")
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    return parser.parse_known_args(argv)[0]


def _needs_modules(argv: Sequence[str] | None, subparsers: Any) -> bool:
    """Whether the command isn't one of the core's: it may be a module's, or a spelling mistake."""
    command = next(iter(_early(argv).rest), None)
    return command is not None and command not in subparsers.choices


def _add_module_commands(subparsers: Any, invocation: Invocation) -> None:
    """Let every enabled module add its commands; they are called with the arguments and the portal."""
    portal = invocation.portal()
    known = set(subparsers.choices)
    for loaded in portal.seam.modules:
        try:
            portal.seam.modules.call(loaded, "commands", subparsers=subparsers)
        except argparse.ArgumentError as error:
            raise CliError(f"module {loaded.module.name!r} can't add its commands: {error.message}") from error
        for name in set(subparsers.choices) - known:
            subparsers.choices[name].set_defaults(portal_command=True)
        known = set(subparsers.choices)
