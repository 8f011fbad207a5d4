"""Redirect targets, where forms may come from, rate limits, and bytes that are no text."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyramid.registry import Registry
from pyramid.request import Request

from riskportal.security.csrf import from_here
from riskportal.security.headers import hide_address
from riskportal.security.junk import _is_text
from riskportal.security.limits import RULES, RateLimits, network_of
from riskportal.security.redirects import MAX_PATH, local_path

HERE = "http://portal.test"


def as_a_browser_reads(value: str) -> str:
    """The address that a browser goes to (WHATWG URL, the parts that matter): it drops tabs and line ends,
    trims control characters and blanks, and takes a backslash for a slash."""
    text = value.strip("".join(map(chr, range(33))))
    for drop in "\t\r\n":
        text = text.replace(drop, "")
    head, mark, query = text.partition("?")
    text = head.replace("\\", "/") + mark + query
    return urljoin(HERE + "/sign-in", "/" + text.lstrip("/") if text.startswith("///") else text)


PIECES = st.lists(
    st.sampled_from(["/", "//", "\\", "e.test", "@", ":", "?", "#", "%2f", "%5c", "%09", "\t", "\n", " ", ".", "..",
                     ";", "a", "http:", "javascript:", "&next=", "\x00", "ü", "g/abc", "=", "%"]),
    max_size=8,
).map("".join)  # fmt: skip


@given(st.one_of(PIECES, PIECES.map(lambda text: "/" + text), st.text(max_size=30)))
@example("/a/..//e.test")
@example("/.//e.test")
@example("/%2f/e.test")
@example("/?x=//e.test")
def test_a_target_never_leaves_the_site(value: str) -> None:
    target = local_path(value)
    if target is None:
        return
    assert target == value
    for read in (urljoin(HERE + "/sign-in", target), as_a_browser_reads(target)):
        parts = urlsplit(read)
        assert (parts.scheme, parts.netloc) == ("http", "portal.test")
    assert target.isascii()
    assert target.isprintable()


@pytest.mark.parametrize(
    "value",
    ["/", "/g/abc/", "/g/abc/billing/invoices?state=open&year=2027", "/search?q=a%20b", "/a;b", "/a.b/c-d_e~f"],
)
def test_our_own_addresses_are_kept(value: str) -> None:
    assert local_path(value) == value


@pytest.mark.parametrize("value", [None, "", "g/abc", "/" + "a" * MAX_PATH, "/a#b", "/a b"])
def test_what_is_no_path_of_ours(value: str | None) -> None:
    assert local_path(value) is None


@pytest.mark.parametrize(
    ("headers", "here"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": HERE}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Sec-Fetch-Site": "junk\xff"}, False),
        ({"Origin": HERE}, True),
        ({"Origin": "http://PORTAL.test"}, True),
        ({"Origin": "http://portal.test:8080"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://evil.test"}, False),
        ({"Origin": "http://portal.test.evil.test"}, False),
        ({"Origin": "http://portal.test@evil.test"}, False),
        ({"Origin": "http://evil.test/portal.test"}, False),
        ({"Origin": "http://["}, False),
        ({"Origin": "http://[::1"}, False),
        ({"Origin": "portal.test"}, False),
        ({"Origin": "\xff\xfe"}, False),
    ],
)
def test_where_a_form_comes_from(headers: dict[str, str], here: bool) -> None:
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    assert from_here(Request.blank("/", {**environ, "HTTP_HOST": "portal.test"})) is here


@pytest.mark.parametrize(
    ("address", "policy"),
    [
        ("https://portal.test", "no-referrer"),
        ("http://127.0.0.1:6543", "no-referrer"),
        ("http://localhost", "no-referrer"),
        ("http://harbour.localhost:6543", "no-referrer"),
        ("http://[::1]:6543", "no-referrer"),
        ("http://portal.test", "strict-origin"),
        ("http://192.168.1.5:6543", "strict-origin"),
        ("http://127.0.0.1.evil.test", "strict-origin"),
        ("http://notlocalhost", "strict-origin"),
    ],
)
def test_what_a_page_with_a_secret_address_tells(address: str, policy: str) -> None:
    request = Request.blank("/sign-in/confirm/secret", base_url=address)
    request.registry = Registry()
    hide_address(request)
    assert request.response.headers["Referrer-Policy"] == policy


@given(st.text(), st.text())
def test_no_header_makes_the_check_fail(origin: str, site: str) -> None:
    from_here(Request.blank("/", {"HTTP_ORIGIN": origin, "HTTP_HOST": "portal.test"}))
    from_here(Request.blank("/", {"HTTP_SEC_FETCH_SITE": site, "HTTP_HOST": "portal.test"}))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.17", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.17", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        (None, "unknown"),
        ("", "unknown"),
        ("unix:", "unknown"),
        ("192.0.2.17:5555", "unknown"),
        ("999.1.1.1", "unknown"),
    ],
)
def test_networks(address: str | None, network: str) -> None:
    assert network_of(address) == network


@given(st.one_of(st.text(), st.ip_addresses().map(str)))
def test_any_address_has_a_network(address: str) -> None:
    assert network_of(address)


def test_a_refused_try_uses_up_nothing() -> None:
    limits = RateLimits("memory://")
    for _ in range(3):
        assert limits.hit("sign_in.address", "ada") == 0
    for _ in range(50):
        assert 0 < limits.hit("sign_in.address", "ada") <= 15 * 60


def test_limits_count_per_rule_and_key() -> None:
    limits = RateLimits("memory://")
    assert [limits.hit("sign_in.address", "a") for _ in range(3)] == [0, 0, 0]
    wait = limits.hit("sign_in.address", "a")
    assert 0 < wait <= 15 * 60
    assert limits.hit("sign_in.address", "b") == 0
    assert limits.hit("sign_in.network", "a") == 0
    assert set(RULES) >= {"sign_in.address", "sign_in.network", "sign_in.global", "sign_in.confirm", "public"}


@pytest.mark.parametrize(("text", "clean"), [("", True), ("ü\n\t😀", True), ("\x00", False), ("a\ud800", False)])
def test_text(text: str, clean: bool) -> None:
    assert _is_text(text) is clean


@given(st.text())
def test_what_is_text_can_be_stored(text: str) -> None:
    """UTF-8 takes it, and it has no NUL, which PostgreSQL refuses."""
    if _is_text(text):
        assert b"\x00" not in text.encode()


def test_the_model_of_a_browser_sees_what_it_must() -> None:
    for evil in ("//e.test", "/\\e.test", "/\t/e.test", "\\\\e.test", " //e.test"):
        assert urlsplit(as_a_browser_reads(evil)).netloc == "e.test", evil
    anything: Any = as_a_browser_reads("/a")
    assert anything == "http://portal.test/a"
