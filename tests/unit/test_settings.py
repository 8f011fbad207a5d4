"""The ini file's keys: what is read from where, and every problem in one message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskportal.clock import ShiftedClock, SystemClock
from riskportal.security.limits import RateLimits
from riskportal.settings import OPTIONS, SettingsError, as_list, env_name, read_settings

GOOD = {"riskportal.database": "sqlite://", "riskportal.environment": "development"}


def refused(ini: dict[str, str], environ: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as error:
        read_settings(ini, environ or {})
    return str(error.value)


def test_defaults() -> None:
    settings = read_settings(GOOD, {})
    assert settings["plugins"] == ()
    assert settings["demo"] is False
    assert settings["mail"] == "file:var/mail"
    assert isinstance(settings["clock"], SystemClock)
    assert (settings["session_idle_hours"], settings["session_absolute_hours"]) == (168, 720)
    assert not settings.production


def test_production_is_the_default_and_needs_a_secret() -> None:
    text = refused({"riskportal.database": "sqlite://"})
    assert "production needs a secret of at least 32 characters" in text
    assert "RISKPORTAL_SECRET" in text
    assert read_settings({"riskportal.database": "sqlite://", "riskportal.secret": "x" * 32}, {}).production


def test_no_demo_users_in_production() -> None:
    ini = {"riskportal.database": "sqlite://", "riskportal.secret": "x" * 32, "riskportal.demo": "true"}
    assert "demo users can't be offered in production" in refused(ini)


def test_a_short_secret_is_refused_anywhere() -> None:
    text = refused(GOOD | {"riskportal.secret": "hunter2"})
    assert "use at least 32 characters" in text
    assert "hunter2" not in text


def test_every_problem_at_once() -> None:
    text = refused(
        {
            "riskportal.plugin": "billing",
            "riskportal.databse": "sqlite://",
            "riskportal.demo": "maybe",
            "riskportal.session_idle_hours": "-1",
            "riskportal.clock": "yesterday",
            "riskportal.environment": "staging",
        }
    )
    lines = text.splitlines()
    assert lines[0] == "The configuration can't be used:"
    for number, start in enumerate(
        (
            "riskportal.plugin: unknown setting. Known are: riskportal.clock, riskportal.database,",
            "riskportal.databse: unknown setting",
            "riskportal.database: missing (sqlite:///path",
            "riskportal.environment: expected development or production, not 'staging'",
            "riskportal.demo: expected true or false, not 'maybe'",
            "riskportal.clock: expected 'system' or an instant such as",
            "riskportal.session_idle_hours: expected a whole number of hours, at least 1, not '-1'",
        ),
        1,
    ):
        assert lines[number].startswith(f"- {start}")
    assert len(lines) == 8


def test_keys_of_others_are_none_of_our_business() -> None:
    read_settings(GOOD | {"pyramid.reload_templates": "true", "use": "egg:riskportal", "database": "x"}, {})


def test_the_environment_wins_over_the_file() -> None:
    ini = GOOD | {"riskportal.mail": "file:a", "riskportal.files": "file:b"}
    settings = read_settings(ini, {"RISKPORTAL_MAIL": "file:c", "RISKPORTAL_FILES": "", "MAIL": "file:d"})
    assert (settings["mail"], settings["files"]) == ("file:c", "file:b")
    assert env_name("demo") == "RISKPORTAL_DEMO"


@pytest.mark.parametrize("text", ["true", "TRUE", "yes", "on", "1"])
def test_true(text: str) -> None:
    assert read_settings(GOOD | {"riskportal.demo": text}, {})["demo"] is True


@pytest.mark.parametrize("text", ["0", "-3", "1.5", "", " ", "²", "١٢x", "one", "1e3"])
def test_hours(text: str) -> None:
    ini = GOOD | {"riskportal.session_idle_hours": text}
    if text == "":
        assert read_settings(ini, {})["session_idle_hours"] == 168
    else:
        assert "session_idle_hours" in refused(ini)


def test_a_list_over_lines_with_comments() -> None:
    assert as_list("\n  services billing\n  # requests\n  acme.portal\n") == ("services", "billing", "acme.portal")


def test_the_clock_of_a_demo() -> None:
    assert isinstance(
        read_settings(GOOD | {"riskportal.clock": "2027-04-20T09:00:00+02:00"}, {})["clock"], ShiftedClock
    )


@given(st.dictionaries(st.sampled_from([option.key for option in OPTIONS]), st.text(max_size=20)))
def test_no_value_does_worse_than_a_settings_error(values: dict[str, Any]) -> None:
    try:
        read_settings({f"riskportal.{key}": value for key, value in values.items()}, {})
    except SettingsError as error:
        assert str(error).startswith("The configuration can't be used:")


@pytest.mark.parametrize("storage", ["nonsense", "nonsense://", "memory", ""])
def test_where_limits_count(storage: str) -> None:
    with pytest.raises(ValueError, match=r"riskportal\.rate_limits"):
        RateLimits(storage)
