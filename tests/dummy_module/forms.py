"""The note form."""

from __future__ import annotations

import colander

from dummy_module.models import TEXT_LENGTH
from riskportal.forms.validators import length
from riskportal.plug import _


class NoteSchema(colander.MappingSchema):
    """One text."""

    text = colander.SchemaNode(colander.String(), title=_("Note"), validator=length(TEXT_LENGTH))
