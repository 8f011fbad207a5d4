"""Every key of the ini file's `[app:main]` section that is ours, in one table.

A value comes from the environment (`riskportal.mail` -> `RISKPORTAL_MAIL`), else from the ini
file, else from the default. An unknown `riskportal.*` key or a bad value stops the start with
every problem in one message.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from riskportal.clock import clock_from_setting

PREFIX = "riskportal."
MINIMUM_SECRET = 32


class SettingsError(ValueError):
    """The configuration can't be used; the message lists every problem and what to do."""


@dataclass(frozen=True)
class Option:
    """One ini key: how its text becomes a value, what holds when it is absent, and what it is for."""

    key: str
    read: Callable[[str], Any]
    default: str | None
    help: str


def as_bool(text: str) -> bool:
    """true/false, yes/no, on/off, 1/0."""
    if text.lower() in ("true", "yes", "on", "1"):
        return True
    if text.lower() in ("false", "no", "off", "0"):
        return False
    raise ValueError(f"expected true or false, not {text!r}")


def as_list(text: str) -> tuple[str, ...]:
    """Words separated by white space or line ends; lines that start with # don't count."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())


def as_hours(text: str) -> int:
    """A whole number of hours, at least one."""
    if not text.isdigit() or int(text) < 1:
        raise ValueError(f"expected a whole number of hours, at least 1, not {text!r}")
    return int(text)


def one_of(*choices: str) -> Callable[[str], str]:
    """A word out of `choices`."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"expected {' or '.join(choices)}, not {text!r}")
        return text

    return read


OPTIONS = (
    Option("plugins", as_list, "", "modules to load, in order: package names, or short names of our own"),
    Option("database", str, None, "sqlite:///path/to/file or postgresql://user:password@host/name"),
    Option("environment", one_of("development", "production"), "production", "production demands a secret"),
    Option("demo", as_bool, "false", "offer one-click demo users on the sign-in page; never on a real portal"),
    Option("secret", str, "", "at least 32 characters; signs cookies and seals secrets. Keep it private"),
    Option("mail", str, "file:var/mail", "file:FOLDER, or smtp[s]://user:password@host:port"),
    Option("files", str, "file:var/files", "file:FOLDER where uploaded files are kept"),
    Option("clock", clock_from_setting, "system", "system, or an ISO instant to start from (demos, tests)"),
    Option("trusted_proxies", as_list, "", "addresses whose X-Forwarded-For and -Proto are believed"),
    Option("rate_limits", str, "memory://", "where rate limits count: memory:// or redis://host:port"),
    Option(
        "vat_register", str, "none", "none, or vies (vies:https://... elsewhere) to have EU VAT numbers confirmed"
    ),
    Option("session_idle_hours", as_hours, "168", "a session ends after this many hours without a page"),
    Option("session_absolute_hours", as_hours, "720", "a session ends this many hours after sign-in"),
)


@dataclass(frozen=True)
class Settings:
    """The read options; `settings["database"]` or `settings.environment` style access by `[...]` only."""

    values: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    @property
    def production(self) -> bool:
        return self.values["environment"] == "production"


def read_settings(ini: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> Settings:
    """Read all options; SettingsError names every unknown key, bad value and missing secret at once."""
    known = {option.key for option in OPTIONS}
    problems = [
        f"{key}: unknown setting. Known are: {', '.join(sorted(PREFIX + name for name in known))}"
        for key in ini
        if key.startswith(PREFIX) and key.removeprefix(PREFIX) not in known
    ]
    values: dict[str, Any] = {}
    for option in OPTIONS:
        text = environ.get(env_name(option.key)) or ini.get(PREFIX + option.key) or option.default
        if text is None:
            problems.append(f"{PREFIX}{option.key}: missing ({option.help})")
            continue
        try:
            values[option.key] = option.read(text)
        except ValueError as error:
            problems.append(f"{PREFIX}{option.key}: {error}")
    problems += _secret_problems(values)
    if problems:
        raise SettingsError("The configuration can't be used:\n- " + "\n- ".join(problems))
    return Settings(values)


def env_name(key: str) -> str:
    """The environment variable that overrides an option, e.g. RISKPORTAL_DATABASE."""
    return "RISKPORTAL_" + key.upper()


def _secret_problems(values: dict[str, Any]) -> list[str]:
    secret = values.get("secret", "")
    if values.get("environment") == "production" and len(secret) < MINIMUM_SECRET:
        return [
            f"{PREFIX}secret: production needs a secret of at least {MINIMUM_SECRET} characters. Make one with: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(48))' and set it in the ini file or as "
            f"{env_name('secret')}"
        ]
    if values.get("environment") == "production" and values.get("demo"):
        return [f"{PREFIX}demo: demo users can't be offered in production; remove the line"]
    if secret and len(secret) < MINIMUM_SECRET:
        return [f"{PREFIX}secret: use at least {MINIMUM_SECRET} characters"]
    return []
