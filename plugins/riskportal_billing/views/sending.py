"""Mailing an invoice: to the reader, or to a billing contact of the account."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from riskportal.contracts.records import RecordRef
from riskportal.forms import Button, Problem, create_form
from riskportal.plug import Message, _
from riskportal.security import limits
from riskportal_billing import wording
from riskportal_billing.forms import send_schema
from riskportal_billing.models import Invoice
from riskportal_billing.pdf import PdfError
from riskportal_billing.services.recipients import billing_contacts
from riskportal_billing.views.papers import invoice_file

log = logging.getLogger("riskportal.billing")

ME = "me"


@dataclass(frozen=True)
class Target:
    """Somebody whom an invoice may be mailed to, and the language they read."""

    address: str
    language: str
    label: Message


def targets(request: Any) -> dict[str, Target]:
    """The reader, and every billing contact with an address of its own, by what the form calls them."""
    own = request.user.email
    label = _("To me, {address}", address=own)
    found = {ME: Target(own, request.user.language or request.locale_name, label)}
    for contact in billing_contacts(request.db):
        if contact.email not in {target.address for target in found.values()}:
            label = _("To {name}, {address}", name=contact.name, address=contact.email)
            found[contact.public_id] = Target(str(contact.email), request.bill_group.language, label)
    return found


def send_form(request: Any, invoice: Invoice) -> Any:
    """Asks whom the invoice shall go to."""
    choices = [(value, target.label) for value, target in targets(request).items()]
    return create_form(
        request,
        send_schema(choices),
        action=_path(request, "billing.invoice_send", invoice),
        buttons=(Button("send", _("Send") if len(choices) > 1 else choices[0][1], tone="plain"),),
        form_id="send",
        appstruct={"to": ME},
    )


def send_invoice(request: Any, invoice: Invoice, to: str) -> Any:
    """Mail the invoice with its PDF, note it, and go back to its page. Problem when there is no PDF."""
    target = targets(request)[to]
    limits.check(request, "mail.copy", str(request.user.id))
    try:
        file = invoice_file(request, invoice)
    except PdfError:
        log.exception("invoice %s: no PDF to mail (request %s)", invoice.public_id, request.request_id)
        raise Problem({"": _("The PDF could not be made just now. Please try again in a moment.")}) from None
    fmt = replace(request.fmt, language=target.language)
    request.send_mail(
        "billing.invoice",
        target.address,
        target.language,
        attachments=(file,),
        number=invoice.number,
        issued_on=fmt.date(invoice.issued_on),
        due_on=fmt.date(invoice.due_on),
        total=fmt.money(invoice.total_minor, invoice.currency),
        status=wording.mail_sentence(invoice, request.today, fmt),
        customer=invoice.buyer["name"],
        link=request.tenant.base_url + _path(request, "billing.invoice", invoice),
    )
    request.audit(
        "billing.invoice_sent",
        record=RecordRef("billing.invoice", invoice.public_id),
        number=invoice.number,
        address=target.address,
    )
    request.note("good", _("The invoice is on its way to {address}.", address=target.address))
    return HTTPSeeOther(_path(request, "billing.invoice", invoice))


def _path(request: Any, route: str, invoice: Invoice) -> str:
    here = request.matchdict["bill_group"]
    found: str = request.route_path(route, bill_group=here, public_id=invoice.public_id)
    return found
