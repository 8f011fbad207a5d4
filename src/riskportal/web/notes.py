"""One-time messages for the next page ("Saved."), kept in a signed cookie between the two requests."""

from __future__ import annotations

from typing import Any

from pyramid.session import JSONSerializer, SignedCookieSessionFactory

from riskportal.plug.messages import Message

_QUEUE = "notes"


def includeme(config: Any) -> None:
    config.set_session_factory(_NotesSession(config.registry.portal.secret))
    config.add_request_method(add_note, "note")
    config.add_request_method(pop_notes, "pop_notes")


class _NotesSession:
    """Pyramid's signed cookie, made per request because only https may mark it Secure."""

    def __init__(self, secret: str) -> None:
        self._made = {https: self._factory(secret, https) for https in (True, False)}

    def __call__(self, request: Any) -> Any:
        return self._made[request.brand.https](request)

    @staticmethod
    def _factory(secret: str, https: bool) -> Any:
        return SignedCookieSessionFactory(
            secret,
            cookie_name="__Host-rp_notes" if https else "rp_notes",
            serializer=JSONSerializer(),
            secure=https,
            httponly=True,
            samesite="Lax",
            timeout=600,
            reissue_time=None,
        )


def add_note(request: Any, tone: str, message: Message | str) -> None:
    """Show `message` once on the next page; tone is good, wait or bad."""
    request.session.flash([tone, request.translate(message)], _QUEUE, allow_duplicate=False)


def pop_notes(request: Any) -> list[tuple[str, str]]:
    """The waiting messages; the cookie is touched only when there is one."""
    name = "__Host-rp_notes" if request.brand.https else "rp_notes"
    if name not in request.cookies and "session" not in request.__dict__:
        return []
    # Popping rewrites the cookie; an empty one stays in the browser and isn't worth that on every page.
    if not request.session.peek_flash(_QUEUE):
        return []
    return [(tone, text) for tone, text in request.session.pop_flash(_QUEUE)]
