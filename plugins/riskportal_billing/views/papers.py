"""An invoice as a file: its PDF in its own language, for downloads and mails."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from riskportal.files.blobs import BlobMissing
from riskportal.mail.attachments import Attachment
from riskportal.plug import _
from riskportal.plug.messages import fill
from riskportal_billing import pdf
from riskportal_billing.models import Invoice
from riskportal_billing.paper import Say, paper_of
from riskportal_billing.services import invoices as invoice_reads

log = logging.getLogger("riskportal.billing")

LARGEST_LOGO = 2_000_000


def invoice_file(request: Any, found: Invoice) -> Attachment:
    """The frozen invoice, the same bytes each time; pdf.PdfError when it can't be made."""
    say = _speaker(request, found.language)
    fmt = replace(request.fmt, language=found.language, today=found.issued_on)
    lines, taxes = invoice_reads.lines_of(request.db, found), invoice_reads.taxes_of(request.db, found)
    paper = paper_of(found, lines, taxes, fmt, say)
    note = say(
        _("Characters shown as {sign} can't be printed here. The customer portal shows the full text.", sign="�")
    )
    made = pdf.render(paper, _logo(request, found), note)
    return Attachment(f"{paper['title']}.pdf", "application/pdf", made.content)


def _speaker(request: Any, language: str) -> Say:
    """Says a message in the document's language, whatever the reader's is."""
    catalogues = request.registry.portal.catalogues
    catalogue = catalogues.get(language) or catalogues["en"]

    def say(message: Any) -> str:
        values = {name: say(v) if hasattr(v, "msgid") else v for name, v in message.values.items()}
        return fill(catalogue.text(message.msgid, message.origin), values)

    return say


def _logo(request: Any, found: Invoice) -> pdf.Logo | None:
    """The seller's logo as it was when the invoice was issued; none when its blob is gone."""
    sha256, media_type = found.seller.get("logo_sha256"), found.seller.get("logo_media_type")
    if not sha256 or media_type not in pdf.LOGO_SUFFIXES:
        return None
    try:
        with request.blobs.open(sha256) as stream:
            content = stream.read(LARGEST_LOGO + 1)
    except BlobMissing:
        log.warning("invoice %s: the logo %s is not in the blob store", found.public_id, sha256)
        return None
    return pdf.Logo(content, media_type) if len(content) <= LARGEST_LOGO else None
