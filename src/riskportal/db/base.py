"""The declarative base that core and modules share."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, MetaData
from sqlalchemy.orm import DeclarativeBase

from riskportal.db.types import DecimalText, UtcDateTime

# Constraints need names, or a later migration can't alter them.
NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every model; an `int` is 64 bits wide, an instant is aware, a Decimal is exact."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        int: BigInteger,
        datetime: UtcDateTime,
        Decimal: DecimalText,
        dict[str, Any]: JSON,
        list[str]: JSON,
    }
