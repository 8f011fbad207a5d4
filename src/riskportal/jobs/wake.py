"""A bell between threads of one process: rings when a transaction that enqueued work has committed.

Only a hint that saves waiting: a worker in another process finds the row when it next looks.
"""

from __future__ import annotations

import threading
import weakref

from sqlalchemy import event
from sqlalchemy.orm import Session

_ENQUEUED = "riskportal_enqueued"
_bells: weakref.WeakSet[threading.Event] = weakref.WeakSet()


def new_bell() -> threading.Event:
    """An event that is set after each commit with new work, as long as somebody holds it."""
    bell = threading.Event()
    _bells.add(bell)
    return bell


def ring_after_commit(db: Session) -> None:
    """Remember that this session enqueued work."""
    db.info[_ENQUEUED] = True


@event.listens_for(Session, "after_commit")
def _ring(session: Session) -> None:
    # Also heard for savepoints; ringing too early costs one look into the table.
    if session.info.get(_ENQUEUED):
        for bell in list(_bells):
            bell.set()
