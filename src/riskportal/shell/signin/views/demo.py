"""One-click sign-in of the demo's people, by the same steps as anybody. Included only where a demo runs."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPGone, HTTPNotFound

from riskportal.demo.users import DEMO_USERS, DemoStaff
from riskportal.identity import recovery, second_step, signin
from riskportal.identity.models import User
from riskportal.identity.users import find_user
from riskportal.security import cookies
from riskportal.security.junk import posted
from riskportal.shell.signin.checking import matches
from riskportal.shell.signin.enter import arrive, enter
from riskportal.shell.signin.hints import code_of, demo_staff


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


def demo_staff_sign_in(request: Any) -> Any:
    """Sign somebody of the demo's staff in with their password and the code of their app."""
    person = next((p for p in demo_staff(request) if p.email == posted(request, "email")), None)
    user = find_user(request.db, person.email) if person is not None else None
    if person is None or user is None or not matches(request, user, person.password):
        raise HTTPNotFound()
    now, browser, code = request.clock.now(), cookies.browser_token(request), _code(request, person, user)
    begun = second_step.begin(request.db, user, "staff", "password", browser, None, now)
    passed = second_step.try_code(request.db, begun, code, request.registry.portal.secret, now)
    if passed is None or second_step.finish(request.db, begun, now) is None:
        raise HTTPGone()
    return arrive(request, user, method="password", next_path=None, kind="staff")


def _code(request: Any, person: DemoStaff, user: User) -> str:
    """For the second step. A code counts once: who comes in more often than twice a minute uses a recovery code."""
    now, secret = request.clock.now(), request.registry.portal.secret
    return code_of(request, person, user) or recovery.renew(request.db, user, secret, now, via=None)[0]


def includeme(config: Any) -> None:
    if config.registry.portal.settings["demo"]:
        config.add_view(demo_sign_in, route_name="core.demo", request_method="POST")
        config.add_view(demo_staff_sign_in, route_name="core.staff_demo", request_method="POST")
