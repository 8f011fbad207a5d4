"""A command of its own: `riskportal -c INI notes-greet NAME`."""

from __future__ import annotations

from typing import Any


def add_commands(subparsers: Any) -> None:
    """Add the command."""
    command = subparsers.add_parser("notes-greet", help="say hello from the notebook")
    command.add_argument("name")
    command.set_defaults(func=greet)


def greet(arguments: Any, app: Any) -> int:
    """Print a greeting and how many modules are loaded."""
    print(f"Hello {arguments.name}, {len(app.seam.modules.loaded)} modules are loaded.")
    return 0
