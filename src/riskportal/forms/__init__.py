"""Forms: colander schemas, deform fields, our own Jinja2 widget templates.

    form = create_form(request, DetailsSchema, buttons=[Button("save", _("Save"))])
    return submit(request, form, lambda data: ...)

See `form` for the two functions, `widgets` and `types` for what a schema node may carry, `validators`
for checks that every text from outside needs.
"""

from riskportal.forms.form import Form, Problem, create_form, submit
from riskportal.forms.types import MoneyText, Upload, UploadedFile
from riskportal.forms.validators import CleanText, HexColour, HttpsUrl, LocalDate, PersonName, clean_text, length
from riskportal.forms.widgets import Button

__all__ = [
    "Button",
    "CleanText",
    "Form",
    "HexColour",
    "HttpsUrl",
    "LocalDate",
    "MoneyText",
    "PersonName",
    "Problem",
    "Upload",
    "UploadedFile",
    "clean_text",
    "create_form",
    "length",
    "submit",
]
