"""A portal behind https: cookies that only it may set and read, and a browser told to stay with https."""

from __future__ import annotations

from typing import Any

import pytest
import webtest
from signin_steps import ask, link_and_code

from riskportal.testing.factories import HOST


@pytest.fixture
def tenant(make: Any) -> Any:
    """The tenant's public address is https."""
    return make.tenant(base_url=f"https://{HOST}")


@pytest.fixture
def https(app: Any, tenant: Any) -> webtest.TestApp:
    """A browser that reaches the portal over https."""
    return webtest.TestApp(
        app, extra_environ={"HTTP_HOST": HOST, "wsgi.url_scheme": "https", "REMOTE_ADDR": "192.0.2.1"}
    )


def test_sign_in_sets_host_cookies(https: Any, user: Any, run_jobs: Any, outbox: Any) -> None:
    answers = [https.get("/sign-in"), ask(https)]
    run_jobs()
    mail = outbox()[-1]
    assert f"https://{HOST}/sign-in/confirm/" in mail.get_body(("plain",)).get_content()
    path, _code = link_and_code(mail)
    answers.append(https.get(path).forms[0].submit())
    assert answers[-1].status_int == 303
    assert https.get("/").location.startswith(f"https://{HOST}/g/")
    cookies = [cookie for answer in answers for cookie in answer.headers.getall("Set-Cookie")]
    assert {cookie.partition("=")[0] for cookie in cookies} == {
        "__Host-rp_browser",
        "__Host-rp_device",
        "__Host-rp_session",
    }
    for cookie in cookies:
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"path=/", "secure", "httponly", "samesite=lax"} <= attributes
        assert not any(part.startswith("domain") for part in attributes)


def test_every_answer_asks_for_https(https: Any) -> None:
    for path in ("/sign-in", "/nowhere", "/brand.css", "/healthz"):
        answer = https.get(path, status="*")
        assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


def test_plain_http_cookies_mean_nothing_here(https: Any, user: Any, signed_in: Any) -> None:
    """A cookie without the prefix could have been planted by another host of the domain."""
    signed_in(https, user)
    assert https.get("/").location.endswith("/sign-in")
