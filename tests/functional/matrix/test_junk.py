"""Bytes that are no text, and addresses that only look like ours: 400 or 404, never 500, never a view."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from matrix_world import HOST, World

BAD_TEXT = ("%ff", "%c0%af", "%ed%a0%80", "a%00b", "%fe%ff", "%80")
BAD_BODIES = (b"a=%ff", b"%ff=1", b"a=%00", b"\xff\xfe", b"a=\xff", b"csrf_token=%ff")
BAD_HEADERS = {
    "HTTP_COOKIE": ("rp_session=\xff\xfe", "rp_session=%ff", "=;;;=,", "rp_language=\xff", 'rp_session="\\377"'),
    "HTTP_ACCEPT_LANGUAGE": ("\xff\xfe", "de;q=x", ",,,;", "*;q=1, x" * 100),
    "HTTP_USER_AGENT": ("\xff\xfe", "x" * 10000),
    "HTTP_AUTHORIZATION": ("Bearer \xff", "\xff", "Bearer", "Basic Og=="),
    "HTTP_ORIGIN": ("\xff", "http://["),
    "HTTP_SEC_FETCH_SITE": ("\xff",),
    "HTTP_REFERER": ("\xff", "http://["),
    "HTTP_IF_MODIFIED_SINCE": ("\xff", "x"),
    "HTTP_IF_NONE_MATCH": ("\xff",),
    "HTTP_RANGE": ("bytes=x", "bytes=9-1", "\xff"),
    "HTTP_X_CSRF_TOKEN": ("\xff",),
    "REMOTE_ADDR": ("", "fe80::1%eth0", "\xff"),
    "CONTENT_LENGTH": ("abc", "-1"),
}  # fmt: skip
WAYS_OF_A_KIND = 5
BAD_HOSTS = ("\xff", "a b", "127.0.0.1:x", "[", "]:80", "127.0.0.1@evil", "", ".", "127.0.0.1\t", "xn--\xff")


@pytest.fixture
def keys(world: World) -> dict[str, str]:
    """The session that opens each area."""
    return {"portal": world.keys["owner, portal"], "staff": world.keys["staff, staff"]}


def plain(way: Any) -> str:
    return way.info.name


def test_junk_in_the_query(world: World, keys: dict[str, str]) -> None:
    for way in world.ways():
        visitor = world.visitor(keys.get(way.info.area))
        for bad in BAD_TEXT:
            for query in (f"q={bad}", f"{bad}=1"):
                answer = visitor.ask(way.method, f"{world.own(way)}?{query}")
                world.expect(way, query, answer, 400)
    world.report()


def test_junk_in_the_path(world: World, keys: dict[str, str]) -> None:
    for way in world.ways():
        visitor = world.visitor(keys.get(way.info.area))
        for bad in BAD_TEXT:
            for path in (f"{world.own(way)}/{bad}", world.own(way).replace("/", f"/{bad}", 1), way.address(bad, bad)):
                if bad in path:
                    world.expect(way, f"path {path}", visitor.ask(way.method, path), 400)
    world.report()


def test_junk_in_forms(world: World, keys: dict[str, str]) -> None:
    for way in world.ways():
        visitor, path = world.visitor(keys.get(way.info.area)), world.own(way)
        for body in BAD_BODIES:
            answer = visitor.ask("POST", path, body)
            world.expect(way, f"body {body!r}", answer, 400)
        for kind in ("multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary=\xff"):
            answer = visitor.ask("POST", path, b"--y\r\nx", {"CONTENT_TYPE": kind})
            world.expect(way, kind, answer, range(300, 500))
        answer = visitor.ask(
            "POST", path, b"a=1", {"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=nope"}
        )
        world.expect(way, "unknown charset", answer, range(300, 500))
    world.report()


def test_a_file_in_the_place_of_a_text(world: World, keys: dict[str, str]) -> None:
    names = ("email", "code", "session", "language", "return_to", "next", "q", "text", "token", "__formid__")
    for way in world.ways("portal", "staff", "public"):
        if way.method != "POST":
            continue
        visitor, path = world.visitor(keys.get(way.info.area)), world.own(way)
        token = visitor.token()
        for name in (*names, "csrf_token"):
            parts = [(name, 'filename="x.txt"', "junk")] + [("csrf_token", "", token)] * (name != "csrf_token")
            body = "".join(
                f'--x\r\nContent-Disposition: form-data; name="{key}"; {more}\r\n\r\n{value}\r\n'
                for key, more, value in parts
            )
            answer = visitor.ask(
                "POST", path, f"{body}--x--\r\n".encode(), {"CONTENT_TYPE": "multipart/form-data; boundary=x"}
            )
            world.expect(way, f"file as {name}", answer, range(200, 500))
    world.report()


def test_junk_in_headers(world: World, keys: dict[str, str]) -> None:
    """Each alone on some ways of each area, because what reads them stands before all views; on every way several
    at once, in case a view reads one itself."""
    headers = {**BAD_HEADERS, "HTTP_HOST": BAD_HOSTS}
    alone = [{name: value} for name, values in headers.items() for value in values]
    together = [
        {name: values[turn % len(values)] for name, values in BAD_HEADERS.items() if name != "HTTP_COOKIE"}
        for turn in range(3)
    ]
    met: Counter[tuple[str, str]] = Counter()
    for way in world.ways():
        kind = (way.info.area, way.method)
        met[kind] += 1
        for junk in together + alone * (met[kind] <= WAYS_OF_A_KIND):
            visitor = world.visitor(None if "HTTP_COOKIE" in junk else keys.get(way.info.area))
            answer = visitor.ask(way.method, world.own(way), None, junk)
            world.expect(way, repr(junk), answer, range(200, 500))
    world.report()


def test_look_alike_addresses_reach_no_view(world: World, keys: dict[str, str]) -> None:
    """B18: a path parameter, another case, doubled or encoded slashes: nobody gets a page by them."""
    for way in world.ways("portal", "staff", "api"):
        path = world.own(way)
        head = {"Authorization": f"Bearer {world.keys['api']}"} if way.info.area == "api" else {}
        first, _, rest = path.removeprefix("/").partition("/")
        variants = {
            f"{path};x=1", f"/{first};x/{rest}", f"{path}%3bx", f"/{first.upper()}/{rest}", f"//{first}/{rest}",
            f"/./{first}/{rest}", f"/x/../{first}/{rest}", f"/{first}//{rest}", f"{path}%20", f"{path}.json",
            f"/{first}%5c{rest}", f"{path}/.", f"/{first}/{rest.upper()}",
        }  # fmt: skip
        for variant in sorted(variants - {path}):
            answer = world.visitor(keys.get(way.info.area)).ask(way.method, variant, **head)
            # Where another route takes what stands there as its own id, a form without token gets no further.
            world.expect(way, variant, answer, 404 if way.method == "GET" else {400, 404})
            world.expect(way, f"anonymous {variant}", world.visitor().ask(way.method, variant), {303, 401, 404})
    world.report()


def test_the_method_is_the_requests_method(world: World, keys: dict[str, str]) -> None:
    """B18: nothing in a header, a query or a form turns a GET into a POST."""
    ways = world.ways()
    for way in ways:
        if way.method != "POST" or any(w.info == way.info and w.method == "GET" for w in ways):
            continue
        visitor = world.visitor(keys.get(way.info.area))
        path = world.own(way)
        for who, answer in {
            "GET with _method": visitor.ask("GET", f"{path}?_method=POST"),
            "GET with X-HTTP-Method-Override": visitor.ask("GET", path, X_HTTP_Method_Override="POST"),
            "GET with X-Method-Override": visitor.ask("GET", path, X_Method_Override="POST"),
            "PUT": visitor.ask("PUT", path),
            "BREW": visitor.ask("BREW", path),
            "OPTIONS": visitor.ask("OPTIONS", path),
        }.items():
            world.expect(way, who, answer, {400, 401, 404})
    for way in world.ways("portal", "staff"):
        if way.method == "GET" and not any(w.info == way.info and w.method == "POST" for w in ways):
            for method in ("PUT", "DELETE", "PATCH", "BREW", "OPTIONS", "TRACE"):
                answer = world.visitor(keys[way.info.area]).ask(method, world.own(way), X_HTTP_Method_Override="GET")
                world.expect(way, method, answer, 404)
    world.report()


def test_other_names_of_the_host(world: World) -> None:
    """B18: X-Forwarded-Host and its like say nothing; a port, capitals and a last dot are the same host."""
    for name in ("X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-URL", "X-Rewrite-URL"):
        answer = world.visitor().ask(
            "GET", "/sign-in", None, {f"HTTP_{name.upper().replace('-', '_')}": "harbour.localhost"}
        )
        assert world.tenant.name in answer.text
    for host in (f"{HOST}:8080", f"{HOST}."):
        assert world.visitor(host=host).ask("GET", "/sign-in").status_int == 200
    world.report()
