"""The tenant's own mail texts in the database."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from riskportal.mail.models import MailText
from riskportal.mail.own import OwnText
from riskportal.tenancy.models import Tenant

# Among a session's notes: its transaction, and the own texts read in it by kind and language.
_KNOWN = "riskportal.mail.own_texts"


def own_text(db: Session, kind: str, language: str) -> OwnText | None:
    """The tenant's words for a mail kind in a language, None when it uses ours.

    One look into a unique index, and none for the next mail of the same transaction: one act may write to many
    owners.
    """
    known, key = _known(db), (kind, language)
    if known is None:
        return _read(db, kind, language)
    if key not in known:
        known[key] = _read(db, kind, language)
    return known[key]


def _known(db: Session) -> dict[tuple[str, str], OwnText | None] | None:
    """What this transaction has read of own texts; None before it has begun."""
    transaction = db.get_transaction()
    if transaction is None:
        return None
    of, known = db.info.get(_KNOWN, (None, {}))
    if of is not transaction:
        known = {}
        db.info[_KNOWN] = (transaction, known)
    return known  # type: ignore[no-any-return]


def _read(db: Session, kind: str, language: str) -> OwnText | None:
    row = db.execute(
        select(MailText.subject, MailText.body).where(MailText.kind == kind, MailText.language == language)
    ).one_or_none()
    return OwnText(row.subject, row.body) if row is not None else None


def own_texts(db: Session) -> dict[tuple[str, str], OwnText]:
    """All own texts of the tenant by kind and language."""
    rows = db.scalars(select(MailText))
    return {(row.kind, row.language): OwnText(row.subject, row.body) for row in rows}


def keep_text(db: Session, tenant: Tenant, kind: str, language: str, text: OwnText) -> bool:
    """From now on mails of the kind say this, which the caller has checked (`own.problems`). False when they did."""
    row = _locked(db, tenant, kind, language)
    if row is None:
        db.add(MailText(kind=kind, language=language, subject=text.subject, body=text.body))
        return True
    if (row.subject, row.body) == (text.subject, text.body):
        return False
    row.subject, row.body = text.subject, text.body
    return True


def drop_text(db: Session, tenant: Tenant, kind: str, language: str) -> bool:
    """From now on mails of the kind say what we wrote. False when they did."""
    row = _locked(db, tenant, kind, language)
    if row is None:
        return False
    db.delete(row)
    return True


def _locked(db: Session, tenant: Tenant, kind: str, language: str) -> MailText | None:
    """The row; whoever saves the same text at the same moment waits at the tenant's row."""
    db.info.pop(_KNOWN, None)
    db.scalar(select(Tenant.id).where(Tenant.id == tenant.id).with_for_update(key_share=True))
    return db.scalar(select(MailText).where(MailText.kind == kind, MailText.language == language))
