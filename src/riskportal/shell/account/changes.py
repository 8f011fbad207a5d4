"""Whoever changes the details or contacts of a bill group leaves audit entries, and its owners get a mail.

The portal's pages and the staff's edit form call these after the service, with what it says has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from riskportal.contracts.records import RecordRef
from riskportal.customers.checks import start_check
from riskportal.customers.models import BillGroup, Contact
from riskportal.db.changes import Change
from riskportal.plug import Message, _
from riskportal.shell.owners import tell_owners
from riskportal.web.countries import country_name
from riskportal.web.details import contact_label, field_label

CHANGED = "core.details_changed"


def details_changed(request: Any, bill_group: BillGroup, changes: Sequence[Change]) -> None:
    """Tell about changed details, and have a new VAT number looked up; nothing when nothing has changed."""
    if not changes:
        return
    ref = RecordRef("core.bill_group", bill_group.public_id)
    for change in changes:
        request.audit("core.details_changed", ref, bill_group.id, field=change.field, old=change.old, new=change.new)
    vat = any(change.field == "vat_number" for change in changes)
    if vat:
        ask_register(request, bill_group)
    # A swapped VAT number is how invoices are turned into somebody else's: that mail can't be turned off.
    category = "security" if vat else "account"
    _mail(request, bill_group, _("The details of your account have changed"), changes, category)


def ask_register(request: Any, bill_group: BillGroup) -> None:
    """Have a new VAT number looked up, where this portal asks a register."""
    if request.registry.portal.vat_register is not None:
        start_check(request.db, bill_group)


def contact_changed(request: Any, bill_group: BillGroup, contact: Contact, changes: Sequence[Change]) -> None:
    """Tell about a changed contact; nothing when nothing has changed."""
    for change in changes:
        request.audit(
            "core.contact_changed",
            _ref(contact),
            bill_group.id,
            contact=contact.kind,
            name=contact.name,
            field=change.field,
            old=change.old,
            new=change.new,
        )
    if changes:
        what = _("{contact} changed: {name}", contact=contact_label(contact.kind), name=contact.name)
        _mail(request, bill_group, what, changes, "account")


def contact_added(request: Any, bill_group: BillGroup, contact: Contact, changes: Sequence[Change]) -> None:
    """Tell about a new contact."""
    request.audit("core.contact_added", _ref(contact), bill_group.id, contact=contact.kind, name=contact.name)
    what = _("{contact} added: {name}", contact=contact_label(contact.kind), name=contact.name)
    _mail(request, bill_group, what, changes, "account")


def contact_removed(request: Any, bill_group: BillGroup, contact: Contact, changes: Sequence[Change]) -> None:
    """Tell about a contact that is gone; `contact` still holds its values."""
    request.audit("core.contact_removed", _ref(contact), bill_group.id, contact=contact.kind, name=contact.name)
    what = _("{contact} removed: {name}", contact=contact_label(contact.kind), name=contact.name)
    _mail(request, bill_group, what, changes, "account")


def _ref(contact: Contact) -> RecordRef:
    return RecordRef("core.contact", contact.public_id)


def _mail(request: Any, bill_group: BillGroup, what: Message, changes: Sequence[Change], category: str) -> None:
    def more(language: str) -> dict[str, Any]:
        return {"changes": [_row(change, language) for change in changes]}

    tell_owners(request, bill_group, CHANGED, what, page="core.details", category=category, more=more)


def _row(change: Change, language: str) -> tuple[Message | str, Message | str]:
    """Label, and what became of the value."""
    old, new = (
        country_name(value, language) if change.field == "country" else value for value in (change.old, change.new)
    )
    if old and new:
        return field_label(change.field), _("{old} → {new}", old=old, new=new)
    return field_label(change.field), _("{old} (removed)", old=old) if old else new or ""
