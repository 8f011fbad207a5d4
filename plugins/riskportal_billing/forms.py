"""Billing's forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import colander
from deform.widget import HiddenWidget, RadioChoiceWidget

from riskportal.plug import Message, _


def send_schema(choices: Sequence[tuple[str, Message]]) -> Any:
    """Where an invoice is mailed to: one of `choices`, value and label."""
    schema = colander.SchemaNode(colander.Mapping())
    schema.add(
        colander.SchemaNode(
            colander.String(),
            name="to",
            title=_("To whom?"),
            validator=colander.OneOf([value for value, _label in choices]),
            widget=RadioChoiceWidget(values=tuple(choices)) if len(choices) > 1 else HiddenWidget(),
        )
    )
    return schema
