"""The demo's portfolio file for a day, put together from its customers."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from riskportal.demo import joinery, northwind, others
from riskportal.demo.books import Books
from riskportal.demo.days import Days
from riskportal.demo.mails import mails
from riskportal.demo.tenants import HARBOUR, HARBOUR_OFFERS, RISKITO, RISKITO_OFFERS, TENANTS

# Where the logos' paths start.
FOLDER = Path(__file__).parent

Sections = dict[str, list[dict[str, Any]]]


def portfolio(today: date) -> dict[str, Any]:
    """Two providers with their customers, every date counted from `today` (a local date of the providers)."""
    days = Days(today)
    books, harbour_books = Books("R"), Books("H")
    northwind.keep_books(books, days)
    joinery.keep_books(books, days)
    cafe = others.cafe(days, books)
    riskito = _together(
        RISKITO_OFFERS,
        northwind.people(),
        joinery.people(),
        {"services": northwind.services(days) + joinery.services(days), "projects": northwind.projects(days)},
        cafe,
        books.sections(),
    )
    riskito["mails"] = mails(riskito, days)
    harbour = _together(HARBOUR_OFFERS, others.harbour(days, harbour_books), harbour_books.sections())
    harbour["mails"] = mails(harbour, days)
    own = {section: [{"tenant": HARBOUR, **record} for record in records] for section, records in harbour.items()}
    return {"format": "riskportal/1", "tenant": RISKITO, "tenants": TENANTS, **_together(riskito, own)}


def _together(*parts: Sections) -> Sections:
    result: Sections = {}
    for part in parts:
        for section, records in part.items():
            result.setdefault(section, []).extend(records)
    return result
