"""What a form may cost to read: no request holds a worker for seconds or takes the server's memory."""

from __future__ import annotations

import pytest
import webtest

FEW = 20
PART = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n"
URLENCODED = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (URLENCODED, b"a&" * (FEW + 1)),
        ("", b"a&" * (FEW + 1)),
        ("multipart/form-data; boundary=x", PART * (FEW + 1) + b"--x--"),
        ('multipart/form-data; boundary=y; BOUNDARY = "x"', PART * (FEW + 1) + b"--x--"),
    ],
)
def test_a_form_of_thousands_of_fields_is_refused(
    testapp: webtest.TestApp, monkeypatch: pytest.MonkeyPatch, kind: str, body: bytes
) -> None:
    """12 MB of them once took 16 seconds and a gigabyte, from anybody, before any limit was asked."""
    monkeypatch.setattr("riskportal.security.junk.MAX_FIELDS", FEW)
    answer = testapp.post("/sign-in", body, headers={"Content-Type": kind}, status=413)
    assert "This is too large" in answer.text


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_body_without_a_type_is_checked_like_a_form(testapp: webtest.TestApp) -> None:
    testapp.post("/sign-in", b"email=a%00b", headers={"Content-Type": ""}, status=400)
