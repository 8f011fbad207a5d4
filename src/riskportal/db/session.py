"""Engines and sessions.

SQLite runs in WAL mode with foreign keys on; a session that writes takes the write lock when
its transaction begins (`BEGIN IMMEDIATE`), because a transaction that reads first and writes
later dies with SQLITE_BUSY under load. PostgreSQL runs READ COMMITTED with row locks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import zope.sqlalchemy
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from riskportal.clock import Clock
from riskportal.db.guard import GuardedSession, Scope, set_scope, watch

SQLITE_BUSY_SECONDS = 20
IMPATIENT_SECONDS = 0.1
# The advisory lock of transactions over several tenants; on SQLite every writer waits for the other anyway.
ONE_AT_A_TIME = 7_241_650_332
# In a pooled connection's info: SQLite refuses writes on it at the moment.
QUERY_ONLY = "riskportal.query_only"


class Database:
    """One database: its engine, and sessions that carry the clock and the guard."""

    def __init__(self, url: str | URL, clock: Clock) -> None:
        self.url = normal_url(url)
        self.clock = clock
        self.engine = make_engine(self.url)
        # The same pool; only how SQLite begins differs.
        self._writing = self.engine.execution_options(sqlite_begin="IMMEDIATE")
        self._impatient = self._writing.execution_options(sqlite_patience=IMPATIENT_SECONDS)
        self._sealed = sealed(self.engine)
        self._sessions = sessionmaker(class_=GuardedSession, expire_on_commit=False)
        watch(self._sessions)

    def new_session(self, *, write: bool, seal: bool = False) -> Session:
        """A session without a scope; `write=False` refuses every write, `seal` lets the database itself refuse."""
        bind = self._sealed if seal else self._writing if write else self.engine
        session = self._sessions(bind=bind)
        session.info["clock"] = self.clock
        session.info["read_only"] = not write or seal
        return session

    @contextmanager
    def session(self, scope: Scope, *, write: bool = True) -> Iterator[Session]:
        """A session for jobs, commands and tests: commits at the end, rolls back on any error."""
        with self.new_session(write=write) as session:
            set_scope(session, scope)
            with session.begin():
                yield session

    @contextmanager
    def side_note(self, scope: Scope) -> Iterator[Session]:
        """A writing session for what may be lost: on SQLite it gives up at once when another writer is at work."""
        with self._sessions(bind=self._impatient) as session:
            session.info["clock"] = self.clock
            session.info["read_only"] = False
            set_scope(session, scope)
            with session.begin():
                yield session

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One writing transaction for sessions of several tenants: all of it commits, or nothing does.

        Such transactions run one after another, so that each sees what the one before has written.
        """
        with self._writing.connect() as connection:
            outer = connection.begin()
            if self.url.get_backend_name() == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})")
            transaction = Transaction(self, connection)
            try:
                yield transaction
                transaction.flush()
                if transaction.dry_run:
                    outer.rollback()
                else:
                    outer.commit()
            finally:
                transaction.close()
                if outer.is_active:
                    outer.rollback()

    def joined_session(self, connection: Connection) -> Session:
        """A session inside a transaction that somebody else commits."""
        session = self._sessions(bind=connection, join_transaction_mode="rollback_only")
        session.info["clock"] = self.clock
        session.info["read_only"] = False
        return session

    def request_session(self, transaction_manager: Any, *, write: bool, seal: bool = False) -> Session:
        """A session that commits and aborts with the request's transaction; see `new_session`."""
        session = self.new_session(write=write and not seal, seal=seal)
        zope.sqlalchemy.register(session, transaction_manager=transaction_manager)
        return session

    def ping(self) -> None:
        """Ask the database for a sign of life; raises what the driver raises when there is none."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


class Transaction:
    """Sessions of several scopes on one connection. With `dry_run` set it rolls back at its end."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database = database
        self._connection = connection
        self._sessions: list[Session] = []
        self.dry_run = False

    def session(self, scope: Scope) -> Session:
        """A new session of one scope; it lives as long as the transaction."""
        session = self._database.joined_session(self._connection)
        set_scope(session, scope)
        self._sessions.append(session)
        return session

    def flush(self) -> None:
        """Write what the sessions still hold back."""
        for session in self._sessions:
            session.flush()

    def close(self) -> None:
        """Let go of every session; what they wrote stays part of the transaction."""
        for session in self._sessions:
            session.close()


def normal_url(url: str | URL) -> URL:
    """Parse a database URL; a bare `postgresql://` means psycopg 3. ValueError says what is wrong."""
    try:
        parsed = make_url(url)
    except Exception as error:
        raise ValueError(f"not a database URL: {url!r} (example: sqlite:///var/riskportal.sqlite)") from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise ValueError(f"riskportal runs on sqlite and postgresql, not on {parsed.get_backend_name()!r}")
    return parsed.set(drivername="postgresql+psycopg") if parsed.drivername == "postgresql" else parsed


def make_engine(url: URL) -> Engine:
    """An engine with the settings that the data laws ask for. Values never stand in its errors, which are logged."""
    if url.get_backend_name() == "postgresql":
        engine = create_engine(
            url, isolation_level="READ COMMITTED", pool_pre_ping=True, pool_size=10, hide_parameters=True
        )
        event.listen(engine, "handle_error", _hide_values)
        return engine
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "checkin", _unseal_sqlite)
    return engine


def sealed(engine: Engine) -> Engine:
    """The same pool with transactions in which the database refuses every write, whoever asks for it.

    PostgreSQL: `BEGIN READ ONLY`. SQLite: `PRAGMA query_only`, which holds until the connection is given back.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(postgresql_readonly=True)
    return engine.execution_options(sqlite_query_only=True)


def _hide_values(context: ExceptionContext) -> None:
    """PostgreSQL's DETAIL quotes the row that it refused: an address, a name."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).partition("\nDETAIL:")[0], *error.args[1:])


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    # Autocommit mode of the driver: it would otherwise begin transactions at times of its own choosing.
    dbapi_connection.isolation_level = None
    # FULL: with NORMAL a power cut could take back what was committed, such as a mail that is marked as sent.
    # Without recursive triggers a REPLACE would delete rows behind the back of the triggers that refuse it.
    settings = ("journal_mode=WAL", "foreign_keys=ON", "recursive_triggers=ON", "synchronous=FULL")
    for pragma in (*settings, "temp_store=MEMORY"):
        dbapi_connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("sqlite_query_only"):
        connection.info[QUERY_ONLY] = True
        connection.exec_driver_sql("PRAGMA query_only=ON")
    mode, patience = options.get("sqlite_begin", "DEFERRED"), options.get("sqlite_patience")
    if patience is None:
        connection.exec_driver_sql(f"BEGIN {mode}")
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout={int(patience * 1000)}")
    try:
        connection.exec_driver_sql(f"BEGIN {mode}")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={SQLITE_BUSY_SECONDS * 1000}")


def _unseal_sqlite(dbapi_connection: Any, record: ConnectionPoolEntry) -> None:
    """A connection goes back to the pool as it came; one that is broken is not among them."""
    if record.info.pop(QUERY_ONLY, False) and dbapi_connection is not None:
        dbapi_connection.execute("PRAGMA query_only=OFF").close()
