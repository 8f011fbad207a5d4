"""The EU's register as a port: a clear yes or no is an answer, everything else is none."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from register_server import RegisterServer, confirm, dawdle, endless, raw, silence, trouble

from riskportal.customers.vies import BASE_URL, Answer, Party, ViesRegister, read_answer, register_from_setting

NUMBER, OURS = Party("DK", "13585628"), Party("DE", "136695976")


def ask(register: RegisterServer, requester: Party | None = None, seconds: float = 2.0) -> Answer:
    return ViesRegister(register.url, seconds).ask(NUMBER, requester)


def test_a_yes_with_name_address_and_proof(register: RegisterServer) -> None:
    answer = ask(register, OURS)
    assert answer == Answer("confirmed", "NORTHWIND ATELIER GMBH", "KANALGADE 4, 8000 AARHUS", "WAPIAAAAYxyz123")
    assert register.asked == [
        (
            "/vies/rest-api/check-vat-number",
            {
                "countryCode": "DK",
                "vatNumber": "13585628",
                "requesterMemberStateCode": "DE",
                "requesterNumber": "136695976",
            },
        )
    ]


def test_a_yes_without_name_and_address(register: RegisterServer) -> None:
    register.reply = confirm(name="---", address="---", requestIdentifier="")
    assert ask(register) == Answer("confirmed")
    assert register.asked[0][1] == {"countryCode": "DK", "vatNumber": "13585628"}


def test_a_no(register: RegisterServer) -> None:
    register.reply = confirm(valid=False, name="---", address="---", userError="INVALID")
    assert ask(register) == Answer("unknown", reference="WAPIAAAAYxyz123")
    register.reply = trouble("INVALID_INPUT", 400)
    assert ask(register).state == "unknown"


@pytest.mark.parametrize(
    "code",
    [
        "MS_UNAVAILABLE", "SERVICE_UNAVAILABLE", "TIMEOUT", "MS_MAX_CONCURRENT_REQ", "GLOBAL_MAX_CONCURRENT_REQ",
        "VAT_BLOCKED", "IP_BLOCKED", "INVALID_REQUESTER_INFO", "SOMETHING_NEW",
    ],
)  # fmt: skip
def test_trouble_in_a_friendly_200_is_no_answer(register: RegisterServer, code: str) -> None:
    register.reply = trouble(code)
    assert ask(register) == Answer("unanswered", reason=code)
    # The same told in the other field, beside a "valid: false" that means nothing.
    register.reply = confirm(valid=False, userError=code)
    assert ask(register) == Answer("unanswered", reason=code)


def test_when_our_own_number_is_at_fault_the_question_is_put_without_it(register: RegisterServer) -> None:
    def reply(handler: Any, question: dict[str, Any]) -> None:
        (trouble("INVALID_REQUESTER_INFO") if "requesterNumber" in question else confirm())(handler, question)

    register.reply = reply
    assert ask(register, OURS).state == "confirmed"
    assert len(register.asked) == 2


@pytest.mark.parametrize(
    "reply",
    [
        raw(b"", 500),
        raw(b"<html>busy</html>", 503),
        raw(b"<html>welcome</html>"),
        raw(b""),
        raw(b"null"),
        raw(b"[true]"),
        raw(b'"valid"'),
        raw(b"\xff\xfe\x00"),
        raw(b"[" * 60_000),
        raw(b'{"valid": "true"}'),
        raw(b'{"valid": 1}'),
        raw(b'{"valid": null, "name": "X"}'),
        raw(b'{"actionSucceed": false}'),
        raw(b'{"errorWrappers": [7]}'),
        raw(b'{"errorWrappers": "<script>"}'),
        raw(b'{"userError": {"a": 1}, "valid": true}'),
        confirm(countryCode="DE"),
        confirm(vatNumber="13585629"),
        confirm(countryCode=["DK"]),
        raw(b"moved", 302, Location="http://127.0.0.1:1/"),
        raw(b"elsewhere", 307, Location="http://127.0.0.1:1/"),
        raw(b'{"valid": true}', 201),
        raw(b" " * 10_000_000 + b'{"valid": true}'),
        endless,
    ],
)
def test_junk_is_no_answer(register: RegisterServer, reply: Any) -> None:
    register.reply = reply
    answer = ask(register)
    assert answer.state == "unanswered" and answer.reason
    assert (answer.name, answer.address, answer.reference) == (None, None, None)
    assert len(register.asked) == 1  # no redirect was followed


@pytest.mark.parametrize("reply", [silence(5), dawdle(5)])
def test_a_slow_register_is_cut_off(register: RegisterServer, reply: Any) -> None:
    register.reply = reply
    began = time.monotonic()
    assert ask(register, seconds=0.4).state == "unanswered"
    assert time.monotonic() - began < 2


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert ViesRegister(f"http://127.0.0.1:{port}/x", 1.0).ask(NUMBER).state == "unanswered"
    assert ViesRegister("https://register.invalid/x", 1.0).ask(NUMBER).state == "unanswered"


def test_a_server_without_tls_is_no_answer_over_https(register: RegisterServer) -> None:
    assert ViesRegister(register.url.replace("http:", "https:"), 1.0).ask(NUMBER).state == "unanswered"


def test_texts_of_the_register_can_be_stored_and_shown() -> None:
    said = {
        "valid": True,
        "name": "A\u0000\u202eB\ud800 " + "x" * 5000,
        "address": " a \r\n\r\n b\u2028c" + "y" * 5000,
    }
    answer = read_answer(json.dumps(said).encode(), NUMBER)
    assert answer.state == "confirmed" and answer.name and answer.address
    assert answer.name.startswith("AB x") and len(answer.name) <= 300
    assert answer.address.startswith("a, b, c") and len(answer.address) <= 500
    answer.name.encode()


KEYS = st.sampled_from("valid countryCode vatNumber errorWrappers actionSucceed userError name".split())
SAID = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


@given(SAID)
def test_whatever_it_says_there_is_an_answer(said: Any) -> None:
    answer = read_answer(json.dumps(said).encode(), NUMBER)
    assert answer.state in ("confirmed", "unknown", "unanswered")
    if answer.state == "confirmed":
        assert isinstance(said, dict) and said["valid"] is True


def test_settings() -> None:
    assert register_from_setting("none") is None
    assert register_from_setting(" vies ") == ViesRegister(BASE_URL)
    assert register_from_setting("vies:https://vat.example/api/") == ViesRegister("https://vat.example/api/")
    assert register_from_setting("vies:http://127.0.0.1:8080") == ViesRegister("http://127.0.0.1:8080")
    for wrong in (
        "", "VIES", "none:x", "vies:http://vat.example", "vies:ftp://vat.example", "vies:https://", "vies:https://a:x",
        "vies:https://user@vat.example", "vies:https://vat.example?x=1", "vies:https://vat.example#x", "https://x",
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"riskportal\.vat_register"):
            register_from_setting(wrong)
