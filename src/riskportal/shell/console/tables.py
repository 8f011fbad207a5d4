"""`request.table(TABLE)`: what somebody asks of a table of the console, and how it is shown.

Everything stands in the address (`?q=&state=&sort=-created&size=50&at=`), so a view can be shared, saved and
opened again. Values that mean nothing (any more) fall back to what holds without them: an old bookmark works.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from riskportal.db.keyset import COUNT_LIMIT, At, Page
from riskportal.identity.models import SavedView
from riskportal.identity.saved_views import QUERY_LENGTH, views_of
from riskportal.plug import Message, _
from riskportal.plug.tables import Choice, Column, Table

TEXT_LENGTH = 200
# So many options still stand side by side; more become a list to open.
SEGMENTS = 5


@dataclass(frozen=True)
class Head:
    """The head of a column: where a click leads, and how the table is sorted by it now (aria-sort)."""

    column: Column
    href: str | None
    sorted: str | None


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    href: str
    current: bool


@dataclass(frozen=True)
class Filter:
    """A choice with its options as links."""

    choice: Choice
    options: list[Option]

    @property
    def side_by_side(self) -> bool:
        return len(self.options) <= SEGMENTS


@dataclass(frozen=True)
class ViewLink:
    """A saved view."""

    view: SavedView
    href: str
    current: bool


@dataclass(frozen=True)
class Shown:
    """What templates/console/table.jinja2 reads."""

    table: Table
    rows: Sequence[Any]
    heads: list[Head]
    filters: list[Filter]
    text: str
    action: str
    hidden: dict[str, str]
    filtered: bool
    everything: str
    span: Message | None
    previous: str | None
    next: str | None
    sizes: list[Option]
    views: list[ViewLink]
    query: str
    savable: bool


class Asked:
    """A table as the request's address asks for it. `kept` are parameters of the page that isn't only a table."""

    def __init__(self, request: Any, table: Table, kept: dict[str, str] | None = None) -> None:
        get = request.GET.get
        self._request, self.table, self._kept = request, table, dict(kept or {})
        self.text = " ".join(get("q", "").split())[:TEXT_LENGTH] if table.text else ""
        self.chosen = {choice.id: _known(get(choice.id), choice) for choice in table.choices}
        order = get("sort", "")
        self._order = order if order.removeprefix("-") in table.sorts else table.order
        size = get("size", "")
        known_size = size.isascii() and size.isdigit() and len(size) < 6 and int(size) in table.sizes
        self._size = int(size) if known_size else table.sizes[0]
        self.at = At(self._order.removeprefix("-"), self._order.startswith("-"), get("at") or None, self._size)

    @property
    def filtered(self) -> bool:
        """Whether not everything is shown."""
        return bool(self.text) or any(self.chosen[choice.id] != choice.default for choice in self.table.choices)

    def url(self, **changes: str | int | None) -> str:
        """This table's address with changed parameters; the place in the list is lost unless it is one of them."""
        query = urlencode(self._query(changes))
        path: str = self._request.path
        return f"{path}?{query}" if query else path

    def show(self, page: Page, rows: Sequence[Any]) -> Shown:
        """The table with `rows`, made of the rows of `page`."""
        views = views_of(self._request.db, self._request.user, self.table.name)
        query = urlencode({name: value for name, value in self._query({}).items() if name not in self._kept})
        return Shown(
            table=self.table,
            rows=rows,
            heads=[self._head(column) for column in self.table.columns],
            filters=[self._filter(choice) for choice in self.table.choices],
            text=self.text,
            action=self._request.path,
            hidden=self._query({"q": None, **{f.id: None for f in self.table.choices if len(f.options) > SEGMENTS}}),
            filtered=self.filtered,
            everything=self.url(q=None, **{choice.id: None for choice in self.table.choices}),
            span=_span(page),
            previous=self.url(at=page.before) if page.before else None,
            next=self.url(at=page.after) if page.after else None,
            sizes=[Option(str(n), str(n), self.url(size=n), n == self._size) for n in self.table.sizes],
            views=[ViewLink(view, self._view_url(view), view.query == query) for view in views],
            query=query,
            savable=bool(query) and len(query) <= QUERY_LENGTH,
        )

    def _query(self, changes: dict[str, Any]) -> dict[str, str]:
        """The parameters that differ from what holds without them."""
        now: dict[str, Any] = {**self._kept, "q": self.text, **self.chosen, "sort": self._order, "size": self._size}
        now.update(changes)
        usual = {choice.id: choice.default for choice in self.table.choices}
        usual |= {"sort": self.table.order, "size": str(self.table.sizes[0])}
        return {
            name: str(value)
            for name, value in now.items()
            if value not in (None, "") and usual.get(name) != str(value)
        }

    def _head(self, column: Column) -> Head:
        if not column.sort:
            return Head(column, None, None)
        current = self.at.sort == column.sort
        falling = not self.at.descending if current else column.falling
        href = self.url(sort=f"-{column.sort}" if falling else column.sort)
        return Head(column, href, ("descending" if self.at.descending else "ascending") if current else None)

    def _filter(self, choice: Choice) -> Filter:
        chosen = self.chosen[choice.id]
        options = choice.options.items()
        return Filter(choice, [Option(v, text, self.url(**{choice.id: v}), v == chosen) for v, text in options])

    def _view_url(self, view: SavedView) -> str:
        kept = urlencode(self._kept)
        return f"{self._request.path}?{kept}{'&' if kept else ''}{view.query}"


def includeme(config: Any) -> None:
    config.add_request_method(ask, "table")


def ask(request: Any, table: Table, kept: dict[str, str] | None = None) -> Asked:
    """What the request's address asks of a table."""
    return Asked(request, table, kept)


def _known(value: str | None, choice: Choice) -> str:
    return value if value is not None and value in choice.options else choice.default


def _span(page: Page) -> Message | None:
    """Which rows these are, of how many."""
    if not page.rows:
        return None
    last = page.first + len(page.rows) - 1
    if page.total is None:
        return _("{first} to {last}", first=page.first, last=last)
    if page.total > COUNT_LIMIT:
        return _("{first} to {last} of more than {total}", first=page.first, last=last, total=COUNT_LIMIT)
    return _("{first} to {last} of {total}", first=page.first, last=last, total=max(page.total, last))
