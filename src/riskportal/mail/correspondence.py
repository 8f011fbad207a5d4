"""What was sent, for those who may read it: lists of mails page by page, and one mail with its files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, defer, selectinload

from riskportal.db.keyset import AnySelect, At, Key, Order, Page, by_name, turn
from riskportal.db.words import holds_any_case, narrowed
from riskportal.mail.models import FAILED, QUEUED, SENT, MailAttachment, OutgoingMail

STATES = (SENT, QUEUED, FAILED)
PAGE_SIZE = 25

_NEWEST = Order("created", (Key(OutgoingMail.created_at),), tie=OutgoingMail)
ORDERS = by_name(_NEWEST)


@dataclass(frozen=True)
class Wanted:
    """Which mails a list shows; empty values let everything through.

    `text` is looked for in subject, plain text and address, `to` is a whole address. `kinds` are the mail kinds of
    a category, None for all; `hidden` are kinds that the reader may not see.
    """

    text: str = ""
    to: str = ""
    state: str = ""
    kinds: Collection[str] | None = None
    hidden: Collection[str] = ()


def mails_of_bill_group(db: Session, wanted: Wanted, cursor: str | None) -> Page:
    """A page of the mails of the session's bill group, newest first: rows of (mail, whether it has files).

    BadCursor when the cursor isn't one of this list.
    """
    query = _listed(wanted).where(*_matches(wanted, _ALL))
    return turn(db, query, _NEWEST.turned(), cursor, PAGE_SIZE)


def mails(db: Session, wanted: Wanted, at: At, bill_group_id: int | None = None) -> Page:
    """The same for staff, of the whole tenant or one bill group. In the whole tenant `text` is looked for in
    subjects and addresses only."""
    query = _listed(wanted)
    if bill_group_id is not None:
        of_group = query.where(OutgoingMail.bill_group_id == bill_group_id, *_matches(wanted, _ALL))
        return at.turn(db, of_group, ORDERS)
    found = narrowed(db, OutgoingMail, _matches(wanted, _ENVELOPE))
    return at.turn(db, query.where(*found), ORDERS, few=found.few)


def mail_by_public_id(db: Session, public_id: str) -> OutgoingMail | None:
    """A mail with its files, or None when the session may not see it."""
    query = select(OutgoingMail).where(OutgoingMail.public_id == public_id)
    return db.scalars(query.options(selectinload(OutgoingMail.attachments))).one_or_none()


def _listed(wanted: Wanted) -> AnySelect:
    """Without the bodies, which a list doesn't show; `wanted.text` is for `_matches`."""
    files = select(MailAttachment.id).where(MailAttachment.mail_id == OutgoingMail.id).exists()
    query: AnySelect = select(OutgoingMail, files.label("has_files")).options(
        defer(OutgoingMail.text, raiseload=True),
        defer(OutgoingMail.html, raiseload=True),
        defer(OutgoingMail.secrets_sealed, raiseload=True),
    )
    if wanted.state:
        query = query.where(OutgoingMail.state == wanted.state)
    if wanted.kinds is not None:
        query = query.where(OutgoingMail.kind.in_(sorted(wanted.kinds)))
    if wanted.hidden:
        query = query.where(OutgoingMail.kind.not_in(sorted(wanted.hidden)))
    if wanted.to:
        query = query.where(OutgoingMail.to_address == wanted.to)
    return query


# What words are looked for in: of a whole tenant's mails not the texts, which are too much to read.
_ENVELOPE = (OutgoingMail.subject, OutgoingMail.to_address)
_ALL = (*_ENVELOPE, OutgoingMail.text)


def _matches(wanted: Wanted, columns: Sequence[Any]) -> list[ColumnElement[bool]]:
    """One of the columns holds each word, in capitals or not."""
    return [or_(*(holds_any_case(column, word) for column in columns)) for word in wanted.text.split()]
