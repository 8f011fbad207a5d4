"""Declarations check themselves; messages keep their placeholders apart from their text."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from copy import copy, deepcopy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskportal.plug import (
    Attention,
    AuditEvent,
    Card,
    DeclarationError,
    Email,
    Importer,
    Job,
    Message,
    Module,
    NavEntry,
    Panel,
    Permission,
    PersonalData,
    RecordKind,
    SearchHit,
    Setting,
    _,
    declarations,
    plural,
)
from riskportal.plug.messages import fill

NAMED: dict[str, Callable[[str], Any]] = {
    "nav entry": lambda name: NavEntry(name, "portal", "L", "r", "p.q", "home"),
    "permission": lambda name: Permission(name, "L", "portal", ()),
    "setting": lambda name: Setting(name, None, 1, "L"),
    "job": lambda name: Job(name, print),
    "e-mail": lambda name: Email(name, "L", "t", ()),
    "audit event": lambda name: AuditEvent(name, "L", "S"),
    "record kind": lambda name: RecordKind(name, "L", "r", "p.q", print, print),
    "personal data": lambda name: PersonalData(name, "L", print, print, ""),
}


@pytest.mark.parametrize("what", NAMED)
def test_ids_are_dotted_lower_case(what: str) -> None:
    for good in ("acme.thing", "acme.thing.read", "a1_b.c2"):
        NAMED[what](good)
    for bad in ("", "acme", "acme.", ".thing", "Acme.thing", "acme.Thing", "acme..x", "acme.x y", "acme.x\n", "1.x"):
        with pytest.raises(DeclarationError, match=f"{what} .* must look like"):
            NAMED[what](bad)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: NavEntry("a.b", "public", "L", "r", "p.q", "home"), "area of nav entry a.b: 'public' is unknown"),
        (lambda: NavEntry("a.b", "api", "L", "r", "p.q", "home"), "use one of portal, staff"),
        (lambda: Permission("a.b", "L", "public", ()), "use one of portal, staff, api"),
        (lambda: Permission("a.b", "L", "portal", ("support",)), "role of permission a.b: 'support' is unknown"),
        (lambda: Permission("a.b", "L", "staff", ("viewer",)), "role of permission a.b: 'viewer' is unknown"),
        (lambda: Job("a.b", print, max_attempts=0), "max_attempts must be at least 1"),
        (lambda: Email("a.b", "L", "t", ("x", "y"), {"x": 1}), "sample lacks y"),
        (lambda: Email("a.b", "L", "t", ("x",), {"x": 1}, ("z",)), "secrets must be placeholders"),
        (lambda: Card("a", "top", "t", {}), "zone of card a: 'top' is unknown"),
        (lambda: Attention("a", "T", "W", "L", "/", tone="urgent"), "tone of attention a: 'urgent' is unknown"),
    ],
)
def test_each_check(wrong: Callable[[], Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        wrong()


def test_declarations_never_change() -> None:
    for name in declarations.__all__:
        kind = getattr(declarations, name)
        if dataclasses.is_dataclass(kind):
            assert kind.__dataclass_params__.frozen, name  # type: ignore[attr-defined]
    with pytest.raises(dataclasses.FrozenInstanceError):
        Module("a", "A", "1").name = "b"  # type: ignore[misc]


def test_defaults() -> None:
    assert Job("a.b", print, every=timedelta(hours=1)).max_attempts == 5
    assert Importer("things", None, print, print).after == ()
    assert (SearchHit("k", "t", "", "/").score, Panel("p", "T", "t", {}).weight) == (0.5, 50)


def test_a_message_is_its_english_text() -> None:
    message = _("Due on {day}", day="Monday")
    assert message == "Due on Monday"
    assert (message.msgid, message.values) == ("Due on {day}", {"day": "Monday"})
    assert isinstance(message, str)
    assert _("Plain {text}") == "Plain {text}"


@pytest.mark.parametrize(("n", "text"), [(0, "0 invoices"), (1, "1 invoice"), (2, "2 invoices"), (-1, "-1 invoices")])
def test_a_counted_message(n: int, text: str) -> None:
    message = plural("{n} invoice", "{n} invoices", n)
    assert message == text
    assert (message.msgid, message.plural) == ("{n} invoice", "{n} invoices")


def test_messages_in_messages() -> None:
    assert _("{a} and {b}", a=_("one {x}", x=1), b=plural("{n} is", "{n} are", 2)) == "one 1 and 2 are"


def test_messages_survive_copying() -> None:
    message = plural("{n} of {name}", "{n} of {name}s", 3, name="apple")
    for twin in (copy(message), deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert isinstance(twin, Message)
        assert (twin, twin.msgid, twin.plural, twin.values) == (
            message,
            message.msgid,
            message.plural,
            message.values,
        )


class Secret:
    key = "s3cret"

    def __str__(self) -> str:
        return "shown"


@pytest.mark.parametrize(
    "text",
    ["{x.key}", "{x[key]}", "{x!r}", "{x:>100000000}", "{0}", "{}", "{{x.key}}", "{x.__class__.__mro__}", "{X}"],
)
def test_a_text_never_reaches_into_its_values(text: str) -> None:
    assert fill(text, {"x": Secret()}) == text


@given(st.text(), st.dictionaries(st.sampled_from("abcx"), st.text()))
def test_filled_once(text: str, values: dict[str, str]) -> None:
    """A value that looks like a placeholder stays as it is, and no text makes filling fail."""
    assert fill("{x}", {"x": text}) == text
    assert fill(text.replace("{", ""), values) == text.replace("{", "")
    fill(text, values)


def test_an_unknown_placeholder_stays() -> None:
    assert fill("{a} {b}", {"a": Secret()}) == "shown {b}"
