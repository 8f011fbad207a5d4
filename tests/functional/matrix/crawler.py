"""Following every link of a portal, and checksums of everything that a database holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from sqlalchemy import select

from riskportal.db.base import Base
from riskportal.db.session import Database

ORIGIN = "http://127.0.0.1"


@dataclass
class Crawl:
    """What a crawl met: the answers' statuses by path, and the forms of its pages by action and method."""

    statuses: dict[str, int] = field(default_factory=dict)
    forms: set[tuple[str, str]] = field(default_factory=set)
    without_bar: list[str] = field(default_factory=list)


def crawl(ask: Callable[[str], Any], start: Iterable[str], below: str, most: int = 1500) -> Crawl:
    """Ask for all of `start` and for every address below the path `below` that the pages link to.

    `ask(path)` answers a WebOb response. AssertionError when there are more than `most` addresses.
    """
    found, waiting = Crawl(), list(dict.fromkeys(start))
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        answer = ask(path)
        found.statuses[path] = answer.status_int
        for link in _links(answer, path):
            if link.startswith(below) and link not in seen:
                seen.add(link)
                waiting.append(link)
        assert len(seen) <= most, f"more than {most} addresses; is there a link that grows?"
        if answer.content_type == "text/html" and answer.status_int == 200:
            found.forms |= {_form(form, path) for form in _soup(answer).find_all("form")}
            if _soup(answer).find("section", class_="preview-bar") is None:
                found.without_bar.append(path)
    return found


def _soup(answer: Any) -> Any:
    from bs4 import BeautifulSoup

    return BeautifulSoup(answer.body, "html.parser")


def _links(answer: Any, path: str) -> Iterable[str]:
    targets = [answer.headers["Location"]] if "Location" in answer.headers else []
    if answer.content_type == "text/html":
        page = _soup(answer)
        targets += [tag["href"] for tag in page.find_all(href=True)] + [tag["src"] for tag in page.find_all(src=True)]
    for target in targets:
        parts = urlsplit(urldefrag(urljoin(ORIGIN + path, target))[0])
        if f"{parts.scheme}://{parts.netloc}" == ORIGIN:
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def _form(form: Any, path: str) -> tuple[str, str]:
    action = urljoin(ORIGIN + path, form.get("action") or path).removeprefix(ORIGIN)
    return action, (form.get("method") or "get").upper()


def checksums(database: Database) -> dict[str, str]:
    """A checksum of every row of every table that any model maps."""
    sums = {}
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            rows = connection.execute(select(table)).all()
            lines = sorted(repr(tuple(row)) for row in rows)
            sums[table.name] = f"{len(rows)} rows, {sha256(chr(10).join(lines).encode()).hexdigest()}"
    return sums


def files_below(*folders: Path) -> dict[str, int]:
    """Every file below the folders with its size."""
    return {str(path): path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file()}
