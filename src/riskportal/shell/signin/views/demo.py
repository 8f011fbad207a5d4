"""One-click sign-in of demo users, by the same steps as anybody. Included only where a demo runs."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPGone, HTTPNotFound

from riskportal.demo.users import DEMO_USERS
from riskportal.identity import signin
from riskportal.security import cookies
from riskportal.security.junk import posted
from riskportal.shell.signin.enter import enter


def demo_sign_in(request: Any) -> Any:
    """Sign a demo user in by the same steps as anybody, without the way through a mailbox."""
    email = posted(request, "email")
    if email not in {user.email for user in DEMO_USERS}:
        raise HTTPNotFound()
    now, browser = request.clock.now(), cookies.browser_token(request)
    asked = signin.ask(request.db, email, browser, request.locale_name, None, now)
    user = signin.use(request.db, asked, now)
    if user is None:
        raise HTTPGone()
    return enter(request, user, method="link", next_path=None)


def includeme(config: Any) -> None:
    if config.registry.portal.settings["demo"]:
        config.add_view(demo_sign_in, route_name="core.demo", request_method="POST")
