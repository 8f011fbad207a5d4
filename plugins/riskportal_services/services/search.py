"""Finding services and projects by what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from riskportal_services.models import Product, Project, Service, ServiceArea
from riskportal_services.services.catalogue import SERVICES, AnyRow


def find_services(db: Session, text: str, limit: int) -> Sequence[AnyRow]:
    """Services whose name, label or product contains `text`, in the list's order."""
    found = _contains((Service.name, Service.label, Product.name), text)
    return db.execute(SERVICES.where(found).limit(limit)).all()


def find_projects(db: Session, text: str, limit: int) -> Sequence[AnyRow]:
    """Projects whose name contains `text`, by name."""
    query = (
        select(Project.public_id, Project.name, Project.state, ServiceArea.name.label("area"))
        .join(ServiceArea, ServiceArea.id == Project.area_id)
        .where(_contains((Project.name,), text))
        .order_by(Project.name, Project.id)
    )
    return db.execute(query.limit(limit)).all()


def score(text: str, *candidates: str | None) -> float:
    """How well `text` fits, 0.4 to 1: the same, a beginning, the beginning of a word, somewhere inside."""
    text = text.casefold()
    return max((_score(text, candidate.casefold()) for candidate in candidates if candidate), default=0.4)


def _score(text: str, candidate: str) -> float:
    if candidate == text:
        return 1.0
    if candidate.startswith(text):
        return 0.8
    return 0.6 if f" {text}" in candidate else 0.4


def _contains(columns: Iterable[Any], text: str) -> ColumnElement[bool]:
    """Case doesn't matter. SQLite folds ASCII only, so "über" is looked for as "Über" and "ÜBER" too."""
    forms = {text} if text.isascii() else {text, text.lower(), text.upper(), text.capitalize()}
    return or_(*(column.icontains(form, autoescape=True) for column in columns for form in sorted(forms)))
