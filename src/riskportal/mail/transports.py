"""Ways out for a mail: a folder (development) or an SMTP server."""

from __future__ import annotations

import contextlib
import os
import secrets
import smtplib
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from riskportal.jobs.errors import LENGTH, redact

TIMEOUT_SECONDS = 30.0


class MailRefused(Exception):
    """The server refused the mail for good; sending it again is pointless."""


class MailDeferred(Exception):
    """The mail couldn't be handed over now; a later attempt may succeed."""


class Transport(Protocol):
    """Hands one mail over for one recipient."""

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Return when the mail was taken; MailRefused or MailDeferred when it wasn't."""
        ...

    def check(self) -> str:
        """Try the way without sending; returns what works, raises MailDeferred with what doesn't."""
        ...


@dataclass(frozen=True)
class FileTransport:
    """Writes each mail as an `.eml` file into a folder; names sort by time and can't be guessed."""

    folder: Path

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """See Transport."""
        try:
            # As SMTP would send it: UTF-8 in headers only where an address can't be written otherwise.
            self._write(message.as_bytes(policy=SMTP if (sender + recipient).isascii() else SMTPUTF8))
        except OSError as error:
            raise MailDeferred(f"can't write to the mail folder: {error.strerror}") from error

    def check(self) -> str:
        """See Transport."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise MailDeferred(f"can't create the mail folder {self.folder}: {error.strerror}") from error
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise MailDeferred(f"can't write to the mail folder {self.folder}")
        return f"mails are written to {self.folder}"

    def _write(self, content: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{time.time_ns():020d}-{secrets.token_hex(8)}"
        hidden = self.folder / f".{name}.tmp"
        try:
            with os.fdopen(os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            # Whoever watches the folder sees whole mails only.
            hidden.replace(self.folder / f"{name}.eml")
        finally:
            hidden.unlink(missing_ok=True)


@dataclass(frozen=True)
class SmtpTransport:
    """Hands mails to an SMTP server.

    `tls`: `implicit` (smtps), `starttls` (demanded), `auto` (used when offered, and always before a
    password is sent) or `none`. Certificates are checked.
    """

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: str = "auto"
    timeout: float = TIMEOUT_SECONDS

    def __repr__(self) -> str:
        return f"SmtpTransport({self.host}:{self.port}, tls={self.tls})"

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """See Transport."""
        with self._connected() as server:
            server.send_message(message, from_addr=sender, to_addrs=[recipient])

    def check(self) -> str:
        """See Transport."""
        try:
            with self._connected() as server:
                server.noop()
        except MailRefused as error:
            raise MailDeferred(str(error)) from error
        return f"the mail server {self.host}:{self.port} answers"

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """A session that is ready to send; its errors come out as MailRefused or MailDeferred."""
        try:
            server = self._connect()
            try:
                self._secure(server)
                if self.user:
                    server.login(self.user, self.password)
                yield server
            finally:
                # The mail is taken already: a server that says good-bye badly changes nothing.
                with contextlib.suppress(smtplib.SMTPException, OSError):
                    server.quit()
                server.close()
        except (smtplib.SMTPException, OSError) as error:
            raise _outcome(error) from error

    def _connect(self) -> smtplib.SMTP:
        if self.tls == "implicit":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=ssl.create_default_context())
        return smtplib.SMTP(self.host, self.port, timeout=self.timeout)

    def _secure(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if self.tls in ("implicit", "none"):
            return
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        elif self.tls == "starttls" or self.user:
            raise MailDeferred("the mail server offers no STARTTLS; if that is meant, add ?tls=none")


def transport_from_setting(value: str) -> Transport:
    """The transport that setting `riskportal.mail` names; ValueError says what was expected.

    `file:FOLDER`, `smtp://[user:password@]host[:port][?tls=starttls|none]`, `smtps://...`.
    """
    if value.startswith("file:") and len(value) > len("file:"):
        return FileTransport(Path(value.removeprefix("file:")).absolute())
    # The value holds a password, so it is never repeated in a message.
    wrong = "expected file:FOLDER, smtp://[user:password@]host[:port][?tls=starttls|none] or smtps://..."
    try:
        parts = urlsplit(value)
        port, options = parts.port, parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        raise ValueError(wrong) from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or set(options) - {"tls"}:
        raise ValueError(wrong)
    tls = "implicit" if parts.scheme == "smtps" else options.get("tls", ["auto"])[-1]
    if tls not in ("implicit", "auto", "starttls", "none") or (parts.scheme == "smtps" and options):
        raise ValueError(wrong)
    return SmtpTransport(
        host=parts.hostname,
        port=port or (465 if tls == "implicit" else 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
    )


def _outcome(error: Exception) -> MailRefused | MailDeferred:
    """What an SMTP or network error means, in words without addresses and passwords."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return _answered(code, answer)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return MailDeferred("the mail server doesn't accept the user name and password of riskportal.mail")
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        return _answered(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return MailRefused("the mail server can't take an address with letters beyond ASCII")
    if isinstance(error, smtplib.SMTPResponseException):
        return MailDeferred(f"the mail server answered {error.smtp_code}")
    if isinstance(error, ssl.SSLCertVerificationError):
        return MailDeferred(f"the mail server's certificate can't be trusted: {error.verify_message}")
    return MailDeferred(f"no connection to the mail server ({type(error).__name__}: {redact(str(error))})")


def _answered(code: int, answer: bytes | str) -> MailRefused | MailDeferred:
    """5xx is for good, 4xx is for now (RFC 5321 4.2.1)."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    words = f"the mail server answered {code} {redact(' '.join(text.split()))}"[:LENGTH]
    return MailRefused(words) if code >= 500 else MailDeferred(words)
