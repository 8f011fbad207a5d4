"""Domains of rules: one form, nobody's own, and look-alikes."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskportal.identity import domains, free_mail
from riskportal.identity.domains import FREE_MAIL, SUFFIX, canonical_domain, look, why_open

NOT_OPEN = (
    "company.com", "northwind.example", "alder.test", "mail.northwind.dk", "hetzner.com", "vodafone.com", "bbc.co.uk",
    "yahoo.example", "gmail.northwind.com", "xn--strae-oqa.de", "www.ck", "a.b.kobe.jp",
)  # fmt: skip


@pytest.mark.parametrize(
    "typed", ["company.com", "COMPANY.com", " Company.COM. ", "ｃｏｍｐａｎｙ.com", "company。com"]
)
def test_one_form(typed: str) -> None:
    assert canonical_domain(typed) == "company.com"


@pytest.mark.parametrize(
    "typed",
    ["", ".", "com", "localhost", "1.2.3.4", "[::1]", "a b.de", "a_b.de", "-a.de", "a..de", "*.company.com", "@a.de",
     "a.de,b.de", "a.de/x", "a.de:80", "xn--a.de", "b" * 64 + ".de", "☃.de", "a\u202e.de", "a\x00.de", "%.de"],
)  # fmt: skip
def test_no_domain(typed: str) -> None:
    with pytest.raises(ValueError, match="not a domain"):
        canonical_domain(typed)


@pytest.mark.parametrize("other", ["sub.company.com", "company.com.evil.de", "evilcompany.com", "company.co"])
def test_only_the_very_domain_is_the_domain(other: str) -> None:
    assert canonical_domain(other) != canonical_domain("company.com")


@pytest.mark.parametrize(
    "domain", ["co.uk", "com.au", "github.io", "s3.amazonaws.com", "b.kobe.jp", "xn--55qx5d.cn", "foo.ck"]
)
def test_suffixes_are_nobodys(domain: str) -> None:
    assert why_open(domain) == SUFFIX


@pytest.mark.parametrize(
    "typed",
    ["GMail.com.", "googlemail.com", "yahoo.co.uk", "hotmail.fr", "live.nl", "gmx.net", "web.de", "t-online.de",
     "proton.me", "mailinator.com", "eu.mailinator.com", "mail.yahoo.co.jp", "qq.com", "icloud.com"],
)  # fmt: skip
def test_free_mail_is_nobodys(typed: str) -> None:
    assert why_open(canonical_domain(typed)) == FREE_MAIL


@pytest.mark.parametrize("domain", NOT_OPEN)
def test_own_domains(domain: str) -> None:
    assert why_open(domain) is None


def test_the_list_of_free_mail_is_in_canonical_form() -> None:
    assert {canonical_domain(domain) for domain in free_mail.DOMAINS} == free_mail.DOMAINS
    assert all(why_open(domain) == FREE_MAIL for domain in free_mail.DOMAINS)


def test_suffixes_need_neither_network_nor_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_keywords: object) -> None:
        raise AssertionError("no network, no writing")

    domains._suffixes.cache_clear()
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(Path, "mkdir", refuse)
    monkeypatch.setattr("os.makedirs", refuse)
    assert why_open("co.uk") == SUFFIX
    domains._suffixes.cache_clear()


def test_plain_domains_have_nothing_to_tell() -> None:
    assert look("northwind.example") == look("xn-but-not-idn.example") == domains.PLAIN


def test_a_mixed_label_is_told() -> None:
    # A Cyrillic letter among Latin ones.
    found = look(canonical_domain("p\u0430ypal.com"))
    assert found == domains.Look("p\u0430ypal.com", ("LATIN", "CYRILLIC"), mixed=True, twin="paypal.com")
    assert canonical_domain("p\u0430ypal.com") == "xn--pypal-4ve.com"


def test_a_whole_word_in_another_script_is_told_by_its_twin() -> None:
    found = look(canonical_domain("\u0430\u0440\u0440\u04cf\u0435.com"))
    assert (found.scripts, found.mixed, found.twin) == (("LATIN", "CYRILLIC"), False, "apple.com")


@pytest.mark.parametrize(
    ("typed", "scripts"),
    [("müller.example", ("LATIN",)), ("яндекс.рф", ("CYRILLIC",)), ("日本のドメイン.jp", None), ("φως.gr", None)],
)
def test_honest_domains_of_other_languages_are_not_mixed(typed: str, scripts: tuple[str, ...] | None) -> None:
    found = look(canonical_domain(typed))
    assert found.unicode == typed
    assert not found.mixed
    assert found.twin is None
    assert scripts is None or found.scripts == scripts


@given(st.text(max_size=20))
def test_whatever_is_typed(text: str) -> None:
    try:
        domain = canonical_domain(f"{text}.com")
    except ValueError:
        return
    assert canonical_domain(domain) == domain
    assert domain.isascii()
    found = look(domain)
    assert found.unicode is None or canonical_domain(found.unicode) == domain
    why_open(domain)


def test_the_suffix_list_is_imported_where_it_is_used() -> None:
    assert "tldextract" not in vars(sys.modules["riskportal.identity.domains"])


@pytest.mark.parametrize("dot", [".", "。", "．", "｡"])
def test_no_dot_at_the_end_hides_a_domain(dot: str) -> None:
    """UTS 46 reads four signs as a dot: what stays must be judged as the domain that it is."""
    for name, why in (("web.de", FREE_MAIL), ("co.uk", SUFFIX), ("company.com", None)):
        assert canonical_domain(f"{name}{dot}") == name
        assert why_open(canonical_domain(f"{name}{dot}")) == why
        for more in (f"{name}{dot}.", f"{name}{dot}{dot}", f"{dot}{name}"):
            with pytest.raises(ValueError, match="not a domain"):
                canonical_domain(more)
