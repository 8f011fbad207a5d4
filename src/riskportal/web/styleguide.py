"""Sample data for /styleguide: every component in every state, with awkward names on purpose."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import colander
import deform

from riskportal.forms import Button, MoneyText, Upload, create_form
from riskportal.forms.widgets import CodeWidget, EmailWidget, PasswordWidget, SequenceWidget, TextAreaWidget
from riskportal.web import charts
from riskportal.web.charts import DuePoint

TONES = ("good", "wait", "bad", "quiet")
TOKENS = (
    "accent accent-line accent-soft canvas surface sunken hover ink ink-2 line line-2 edge "
    "good good-soft wait wait-soft bad bad-soft quiet-soft"
).split()
ICONS = (
    "home services globe billing requests history chart book download upload bell users user shield key mail "
    "search check clock warn info close minus plus chevron-down chevron-right chevron-left external logout "
    "language menu more filter print calendar card bank affiliate pulse lock device refresh settings file "
    "folder megaphone package milestone copy edit phone trash pause stop"
).split()
NAMES = (
    "Managed hosting",
    "Søren Ærøskøbing & Döner-Großhandel für Übersee und Nachbarländer GmbH & Co. KGaA",
    "株式会社ノースウィンド・アトリエ東京支店",
    "شركة الرياح الشمالية",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
    "<script>alert(1)</script>",
)


class _Copies(colander.SequenceSchema):
    email = colander.SchemaNode(
        colander.String(), title="E-mail address", widget=EmailWidget(), validator=colander.Email()
    )


class _Address(colander.Schema):
    street = colander.SchemaNode(colander.String(), title="Street and number")
    city = colander.SchemaNode(colander.String(), title="City")


class _Sample(colander.Schema):
    """One field of every kind."""

    name = colander.SchemaNode(
        colander.String(),
        title="Name",
        description="As it should stand on invoices",
        validator=colander.Length(max=80),
    )
    email = colander.SchemaNode(
        colander.String(), title="E-mail address", widget=EmailWidget(), validator=colander.Email()
    )
    secret = colander.SchemaNode(colander.String(), title="Password", widget=PasswordWidget(), missing="")
    code = colander.SchemaNode(colander.String(), title="Code from the e-mail", widget=CodeWidget(), missing="")
    due = colander.SchemaNode(colander.Date(), title="Wanted by", missing=None)
    budget = colander.SchemaNode(MoneyText("EUR"), title="Budget", missing=None)
    country = colander.SchemaNode(
        colander.String(),
        title="Country",
        widget=deform.widget.SelectWidget(values=[("", "Choose"), ("DK", "Denmark"), ("DE", "Germany")]),
    )
    cycle = colander.SchemaNode(
        colander.String(),
        title="Billed",
        widget=deform.widget.RadioChoiceWidget(values=[("month", "Monthly"), ("quarter", "Quarterly")]),
    )
    covers = colander.SchemaNode(
        colander.Set(),
        title="Covers",
        missing=(),
        widget=deform.widget.CheckboxChoiceWidget(values=[("backup", "Backups"), ("update", "Updates")]),
    )
    agreed = colander.SchemaNode(colander.Boolean(), title="I have read the terms", missing=False)
    message = colander.SchemaNode(colander.String(), title="Message", widget=TextAreaWidget(rows=4), missing="")
    copies = _Copies(title="Copies to", missing=(), widget=SequenceWidget(max_len=5))
    address = _Address(title="Delivery address")
    logo = colander.SchemaNode(Upload(), title="Logo", missing=None)


def styleguide_context(today: date) -> dict[str, Any]:
    """Everything templates/styleguide.jinja2 reads; it calls `make_form(request, id, wrong)` itself."""
    return {
        "tones": TONES,
        "tokens": TOKENS,
        "icons": ICONS,
        "names": NAMES,
        "due_lines": _due_lines(today),
        "area": _area(today),
        "area_flat": charts.area([0] * 30, label="No visits in 30 days", ticks=_ticks(today), top_label="0"),
        "bars": charts.bars_pair(
            [(month, value) for month, value in zip(MONTHS, BILLED, strict=True)],
            label="Billed in each month of the year",
            texts=[f"€{value:,}" for value in BILLED],
        ),
        "spark": charts.sparkline([3, 5, 4, 6, 8, 7, 9], label="Rising"),
        "spark_empty": charts.sparkline([], label="No data"),
        "months": list(zip(MONTHS, BILLED, strict=True)),
        "make_form": _form,
    }


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BILLED = (360, 920, 49, 360, 0, 1280, 360, 49, 68, 360, 920, 2140)


def _point(today: date, days: int, label: str, tone: str) -> DuePoint:
    day = today + timedelta(days=days)
    return DuePoint(day, label, tone, f"{day.day} {day:%b}")


def _due_lines(today: date) -> list[tuple[str, Any]]:
    cases = {
        "Two invoices and a renewal": [(-3, "€920", "bad"), (10, "€360", "wait"), (22, "Renewal", "quiet")],
        "Nothing due": [],
        "One, due today": [(0, "€360", "wait")],
        "Three on one day": [
            (10, "€360", "wait"),
            (10, "€49", "wait"),
            (10, "€19", "wait"),
            (22, "Renewal", "quiet"),
        ],
        "Far away": [(-400, "€920", "bad"), (2, "€1,280,000", "wait"), (900, "Renewal", "quiet")],
        "Many": [(5 * n - 20, f"€{100 + n}", "bad" if n < 4 else "wait") for n in range(14)],
        "Long words": [(-8, "Überziehungsgebühr", "bad"), (12, "Verlängerung", "wait"), (13, "請求書", "wait")],
    }
    return [
        (name, charts.due_line_pair(today, [_point(today, *row) for row in rows], label=name))
        for name, rows in cases.items()
    ]


def _ticks(today: date) -> list[str]:
    return [f"{day.day} {day:%b}" for day in (today - timedelta(days=days) for days in (29, 15, 0))]


def _area(today: date) -> Any:
    now = [20 + day * 2 + (day * 7) % 11 for day in range(30)]
    before = [16 + day // 2 + (day * 5) % 7 for day in range(30)]
    return charts.area(now, before, label="Visits a day", ticks=_ticks(today), top_label=f"{max(now)} a day")


def _form(request: Any, form_id: str, wrong: bool = False) -> Any:
    """The sample form; with `wrong` as it looks after a submission full of mistakes."""
    buttons = [Button("save", "Save"), Button("cancel", "Cancel"), Button("delete", "Delete", tone="danger")]
    form = create_form(request, _Sample, action="#", buttons=buttons, form_id=form_id)
    if wrong:
        posted = {
            "name": "x" * 90,
            "email": "mara@",
            "budget": "1,280",
            "copies": ["a@b.example", "no"],
        }
        try:
            form.validate_pstruct(posted)
        except deform.ValidationFailure:
            return form
    return form
