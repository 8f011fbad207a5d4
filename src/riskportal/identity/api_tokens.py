"""Keys of programs that use the JSON API."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from riskportal.identity.models import ApiToken
from riskportal.identity.tokens import hashed, new_token

PREFIX = "rp_"


def create_api_token(db: Session, name: str, permissions: list[str]) -> tuple[ApiToken, str]:
    """Make a key with these permissions. The second value is the key itself, shown this once."""
    key = PREFIX + new_token()
    row = ApiToken(name=name, token_hash=hashed(key), permissions=sorted(permissions))
    db.add(row)
    db.flush()
    return row, key


def find_api_token(db: Session, key: str, now: datetime) -> ApiToken | None:
    """The living key, None when it is unknown, expired or revoked."""
    return db.scalar(
        select(ApiToken).where(
            ApiToken.token_hash == hashed(key),
            ApiToken.revoked_at.is_(None),
            or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now),
        )
    )
