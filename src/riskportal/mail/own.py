"""A tenant's own words for a mail: from plain text with placeholders to the parts of a mail.

A blank line starts a paragraph. A paragraph that is nothing but a link, perhaps with "Words:" before it,
becomes the button; one that is nothing but a code is shown large. Everything else is text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from riskportal.mail.filler import BadText, Piece, pieces_of
from riskportal.plug.declarations import Email
from riskportal.plug.messages import Message, _

LONGEST_SUBJECT = 300
LONGEST_BODY = 20_000
# Names that every mail knows besides those of its kind: the brand, and the portal's address.
EVERYWHERE = ("provider", "portal")

_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PARAGRAPHS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_LABEL = re.compile(r"([^\n]{1,60}?)\s*:\s*\Z")
# What a link placeholder may hold to become a link; a secret one holds a marker until the mail leaves.
_ADDRESS = re.compile(r"https?://|mailto:|hidden-[a-z0-9]{20}\Z")


@dataclass(frozen=True)
class OwnText:
    """Subject and body as the tenant wrote them, lines ending in \\n."""

    subject: str
    body: str


@dataclass(frozen=True)
class Span:
    """A stretch of a line; `url` when it is a link."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Block:
    """A paragraph of the HTML part. `kind` is text (see `lines`), button (`text` is its label, empty for the usual
    one) or code (`text`)."""

    kind: str
    lines: tuple[tuple[Span, ...], ...] = ()
    text: str = ""
    url: str = ""


def names_of(email: Email) -> tuple[str, ...]:
    """The placeholders that texts of a kind may use."""
    return (*email.placeholders, *(name for name in EVERYWHERE if name not in email.placeholders))


def is_link(name: str) -> bool:
    """Whether a placeholder holds an address to follow, as its name says."""
    return name == "link" or name.endswith("_link")


def problems(email: Email, text: OwnText) -> dict[str, Message]:
    """What is wrong with a text: {"subject" | "body": message}; empty when it can be sent."""
    found = {}
    subject = _subject_problem(email, text.subject)
    if subject is not None:
        found["subject"] = subject
    body = _body_problem(email, text.body)
    if body is not None:
        found["body"] = body
    return found


def _subject_problem(email: Email, subject: str) -> Message | None:
    if not subject.strip():
        return _("Please fill this in.")
    if len(subject) > LONGEST_SUBJECT:
        return _("Write at most {n} characters.", n=LONGEST_SUBJECT)
    if "\n" in subject or "\t" in subject or _UNWANTED.search(subject):
        return _("A subject is one line without control characters.")
    # A subject is shown on locked screens and kept in logs.
    return _placeholder_problem(subject, [name for name in names_of(email) if name not in email.secrets])


def _body_problem(email: Email, body: str) -> Message | None:
    if not body.strip():
        return _("Please fill this in.")
    if len(body) > LONGEST_BODY:
        return _("Write at most {n} characters.", n=LONGEST_BODY)
    if _UNWANTED.search(body):
        return _("This contains a character that can't be used here.")
    wrong = _placeholder_problem(body, names_of(email))
    if wrong is not None:
        return wrong
    used = {piece.text for piece in pieces_of(body, names_of(email)) if piece.is_name}
    missing = [name for name in email.secrets if name not in used]
    if missing:
        return _("Without {names} this mail is of no use. Please put it back.", names=braced(missing))
    return None


def _placeholder_problem(text: str, names: Collection[str]) -> Message | None:
    try:
        pieces_of(text, names)
    except BadText as bad:
        known = braced(names)
        if bad.found is None:
            double, single = "{{", "{"
            return _("Write {double} where a {single} shall be seen.", double=double, single=single)
        return _("{found} can't be used here. Known are {names}.", found=bad.found, names=known)
    return None


def braced(names: Collection[str]) -> str:
    """Placeholders as people write them: "{link}, {code}"."""
    return ", ".join(f"{{{name}}}" for name in names)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its values; BadText when it names one that `values` lacks."""
    return "".join(values[piece.text] if piece.is_name else piece.text for piece in pieces_of(text, values))


def blocks_of(body: str, values: Mapping[str, str]) -> list[Block]:
    """The paragraphs of a body; BadText when it names a value that `values` lacks."""
    paragraphs = _PARAGRAPHS.split(body.strip())
    return [_block(pieces_of(paragraph, values), values) for paragraph in paragraphs if paragraph]


def _block(pieces: Sequence[Piece], values: Mapping[str, str]) -> Block:
    *before, last = pieces
    if last.is_name and len(before) <= 1 and not any(piece.is_name for piece in before):
        value, words = values[last.text], before[0].text if before else ""
        label = _LABEL.match(words)
        if is_link(last.text) and _ADDRESS.match(value) and (label or not words):
            return Block("button", text=label[1].strip() if label else "", url=value)
        if last.text == "code" and not words:
            return Block("code", text=value)
    return Block("text", lines=_lines(pieces, values))


def _lines(pieces: Sequence[Piece], values: Mapping[str, str]) -> tuple[tuple[Span, ...], ...]:
    lines: list[list[Span]] = [[]]
    for piece in pieces:
        value = values[piece.text] if piece.is_name else piece.text
        url = value if piece.is_name and is_link(piece.text) and _ADDRESS.match(value) else ""
        for number, line in enumerate(value.split("\n")):
            if number:
                lines.append([])
            if line:
                lines[-1].append(Span(line, url))
    return tuple(tuple(line) for line in lines)
