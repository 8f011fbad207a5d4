"""What is known about a VAT number, in words: its form, what the EU's register says, what doesn't match."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from riskportal.clock import local_date
from riskportal.customers.checks import is_waiting, last_answer, newest_check
from riskportal.customers.models import BillGroup, VatCheck, folded
from riskportal.customers.vat import VatNumber, VatWrong, other_country, read_vat_number
from riskportal.plug import Message, _
from riskportal.web.countries import country_name


@dataclass(frozen=True)
class VatState:
    """`tone` good | wait | bad | quiet, one sentence, a pill's word, what doesn't match, what the register wrote.

    `can_ask`: whether the register can be asked (again) now.
    """

    tone: str
    word: Message
    sentence: Message
    hints: tuple[Message, ...] = ()
    name: str | None = None
    address: str | None = None
    can_ask: bool = False


def vat_state(request: Any, bill_group: BillGroup) -> VatState | None:
    """The state of the bill group's VAT number; None when it has none. Two statements at most."""
    if not bill_group.vat_number:
        return None
    try:
        number = read_vat_number(bill_group.vat_number)
    except VatWrong as wrong:
        if wrong.reason != "country":
            return VatState(
                "bad",
                _("Wrong format"),
                _("This number can't be right. Please compare it with the letter of the tax office."),
            )
        number = VatNumber("", bill_group.vat_number, None, bill_group.vat_number)
    hints = _place_hint(bill_group, request.locale_name)
    if not number.in_eu_register:
        return _outside(number, hints, request.locale_name)
    if request.registry.portal.vat_register is None:
        return VatState(
            "quiet",
            _("Format checked"),
            _("The number has the right format. Whether it is registered is not checked here."),
            hints,
        )
    return _in_register(request, bill_group, hints)


def _outside(number: VatNumber, hints: tuple[Message, ...], language: str) -> VatState:
    if number.country is None:
        return VatState("quiet", _("Not checked"), _("Numbers of this country are kept as they were written."), hints)
    country = country_name(number.country, language)
    sentence = _(
        "The number has the right format. Only that is checked for this country: {country}.", country=country
    )
    return VatState("quiet", _("Format checked"), sentence, hints)


def _in_register(request: Any, bill_group: BillGroup, hints: tuple[Message, ...]) -> VatState:
    check = newest_check(request.db, bill_group)
    now = request.clock.now()
    if check is None:
        sentence = _("The number has the right format. The EU register wasn't asked yet.")
        return VatState("quiet", _("Format checked"), sentence, hints, can_ask=True)
    waiting = is_waiting(check, now)
    answered = last_answer(request.db, bill_group) if check.answered_at is None else check
    if answered is not None:
        return _answered(request, bill_group, answered, hints, asking=waiting)
    if check.state == "asked" and waiting:
        return VatState("wait", _("Being checked"), _("We are asking the EU register about this number."), hints)
    if waiting:
        sentence = _("Not confirmed yet: the EU register didn't answer. We ask again by ourselves.")
        return VatState("wait", _("Not confirmed yet"), sentence, hints, can_ask=True)
    sentence = _("Not confirmed: the EU register didn't answer for days.")
    return VatState("wait", _("Not confirmed"), sentence, hints, can_ask=True)


def _answered(
    request: Any, bill_group: BillGroup, check: VatCheck, hints: tuple[Message, ...], *, asking: bool
) -> VatState:
    day = request.fmt.day(_day(request, check.answered_at))
    if check.state == "unknown":
        sentence = _(
            "The EU register doesn't know this number (asked on {day}). Please compare it with the letter of "
            "the tax office; a new number can take some days to appear there.",
            day=day,
        )
        return VatState("bad", _("Unknown"), sentence, hints, can_ask=not asking)
    sentence = _("Confirmed by the EU register on {day}.", day=day)
    return VatState(
        "good",
        _("Confirmed"),
        sentence,
        (*hints, *_register_hints(bill_group, check)),
        check.registered_name,
        check.registered_address,
        can_ask=not asking,
    )


def _day(request: Any, instant: datetime | None) -> date | None:
    return local_date(instant, request.fmt.zone) if instant else None


def _place_hint(bill_group: BillGroup, language: str) -> tuple[Message, ...]:
    country = other_country(bill_group.vat_number, bill_group.country)
    if country is None:
        return ()
    place, home = country_name(country, language), country_name(bill_group.country, language)
    return (
        _(
            "Two countries: {place} for the VAT number, {home} for the address. That can be right; please check it.",
            place=place,
            home=home,
        ),
    )


def _register_hints(bill_group: BillGroup, check: VatCheck) -> tuple[Message, ...]:
    """Where the register's words differ from ours, beyond case, accents and punctuation."""
    hints = []
    if check.registered_name and _letters(check.registered_name) != _letters(bill_group.company):
        hints.append(_("The register knows this number under another name than the one on invoices."))
    postcode = _letters(bill_group.postcode)
    if check.registered_address and postcode and postcode not in _letters(check.registered_address):
        hints.append(_("The register has another postcode than the address here."))
    return tuple(hints)


def _letters(text: str | None) -> str:
    return re.sub(r"[\W_]+", "", folded(text))
