"""How safe a login is, in words: the verdict that the security page begins with, and its ways to sign in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from riskportal.identity.email_change import waiting
from riskportal.identity.overview import Login
from riskportal.plug import Message, _, plural
from riskportal.security.cookies import in_console
from riskportal.shell.account.areas import account_path

# So few recovery codes left that it is time for new ones.
FEW_CODES = 3


@dataclass(frozen=True)
class Verdict:
    """`tone` good or wait; `page` is the own page that the one action leads to, if something should be done."""

    tone: str
    title: Message
    text: Message
    action: Message | None = None
    page: str = ""


def verdict(login: Login, *, console: bool) -> Verdict:
    """The most important thing about a login, and what would make it safer."""
    app, keys = login.app_at is not None, len(login.passkeys)
    if app and login.codes_left == 0:
        return Verdict(
            "wait",
            _("Well protected, but without a spare key"),
            _("If you lose your phone, only a recovery code lets you in. You have none."),
            _("Make recovery codes"),
            "recovery_codes",
        )
    if console and keys == 1 and not (app and login.password_at):
        return Verdict(
            "wait",
            _("Well protected, by one passkey alone"),
            _("If you lose it, a colleague has to let you in again. Add a second one on another device."),
            _("Add a passkey"),
            "add_passkey",
        )
    if app or console:
        return Verdict("good", _("This login is well protected"), _strong_text(console, app, keys))
    if keys:
        return Verdict(
            "good",
            _("A passkey protects your sign-in"),
            _("It can't be phished. The link by e-mail still works too: with an app it would ask for a second step."),
        )
    return Verdict(
        "wait",
        _("Whoever reads your mailbox can sign in"),
        _("That is simple, and as safe as your mailbox. A passkey signs you in by fingerprint, face or PIN instead; "
          "an authenticator app asks for a second step."),
        _("Add a passkey"),
        "add_passkey",
    )  # fmt: skip


def _strong_text(console: bool, app: bool, keys: int) -> Message:
    if keys and not app:
        return plural("You sign in with a passkey.", "You sign in with one of {n} passkeys.", keys)
    if console:
        return _("A password alone opens nothing: the code from your app is asked for as well.")
    return _("Whoever reads your mailbox still needs the code from your app.")


def ways(request: Any, login: Login, *, locked: bool) -> list[dict[str, Any]]:
    """The ways to sign in as rows for the template; `locked` ones have no action (staff, outside the console)."""
    fmt, console = request.fmt, in_console(request)
    rows = [_address(request) if console else _mail_link(request)]
    rows += [_passkeys(login), _password(login, fmt, console), _app(login, fmt, console), _codes(login)]
    for row in rows:
        page = row.pop("page")
        row["url"] = account_path(request, page) if page and not locked else None
    return rows


def _mail_link(request: Any) -> dict[str, Any]:
    text = _waiting(request) or _("To {email}", email=request.user.email)
    return _row("mail", _("Link by e-mail"), text, "good", _("On"), _("Change address"), "change_email")


def _address(request: Any) -> dict[str, Any]:
    """In the console the address is where notices go; it opens nothing by itself."""
    title, state = _("E-mail address"), _("Not a way in")
    return _row(
        "mail",
        title,
        _waiting(request) or _("Notices go to {email}", email=request.user.email),
        "quiet",
        state,
        _("Change address"),
        "change_email",
    )


def _waiting(request: Any) -> Message | None:
    """What the address row says while another address has to confirm."""
    change = waiting(request.db, request.user, request.clock.now())
    if change is None:
        return None
    return _("To {email}, until {new} confirms", email=request.user.email, new=change.email)


def _passkeys(login: Login) -> dict[str, Any]:
    count = len(login.passkeys)
    text = _("Fingerprint, face or PIN of your own device; can't be phished")
    state = plural("{n} passkey", "{n} passkeys", count) if count else _("Not set up")
    return _row("key", _("Passkeys"), text, "good" if count else "quiet", state, _("Add"), "add_passkey")


def _password(login: Login, fmt: Any, console: bool) -> dict[str, Any]:
    if login.password_at is None:
        text = _("With the code from your app, another way in") if console else _("You don't need one")
        return _row("lock", _("Password"), text, "quiet", _("Not set up"), _("Set up"), "own_password")
    text = _("Set on {day}", day=fmt.datetime(login.password_at))
    return _row("lock", _("Password"), text, "good", _("On"), _("Change"), "own_password")


def _app(login: Login, fmt: Any, console: bool) -> dict[str, Any]:
    title = _("Authenticator app")
    if login.app_at is None:
        text = (
            _("A code from your phone, asked for after the password")
            if console
            else _("A code from your phone, asked for after link or password")
        )
        return _row("phone", title, text, "quiet", _("Not set up"), _("Set up"), "own_app")
    return _row(
        "phone", title, _("Since {day}", day=fmt.datetime(login.app_at)), "good", _("On"), _("Change"), "own_app"
    )


def _codes(login: Login) -> dict[str, Any]:
    title, left = _("Recovery codes"), login.codes_left
    if login.app_at is None:
        return _row("file", title, _("Come with the authenticator app"), "quiet", _("Not set up"), "", "")
    tone = "good" if left > FEW_CODES else "wait"
    state = plural("{n} left", "{n} left", left) if left else _("None left")
    return _row(
        "file", title, _("For the day that you lose your phone"), tone, state, _("New codes"), "recovery_codes"
    )


def _row(
    icon: str, title: Message, text: Message, tone: str, state: Message, action: Message | str, page: str
) -> dict[str, Any]:
    return {
        "icon": icon, "title": title, "text": text, "tone": tone, "state": state, "action": action, "page": page,
    }  # fmt: skip
