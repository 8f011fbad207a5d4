"""Charts as SVG, drawn on the server: pure functions from numbers to Markup.

No colours and no `style` here: shapes carry classes that the style sheet paints, so charts follow the
scheme and pass the content policy. Every chart has role="img" and the sentence its caller gives as
`label`; show the numbers beside it with `ui.data_table`. Time runs left to right in every language.
Functions that end in `_pair` draw the picture for several widths in one element; the style sheet shows
the one that is legible in the room there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup, escape

from riskportal.web.timeline import DuePoint, Placed, lay_out, text_width

WIDE, NARROW = 400, 288  # user units, which are CSS pixels at the size the sheet shows


def _svg(width: float, height: float, label: str, body: Markup, kind: str) -> Markup:
    frame = Markup('<svg class="chart {}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">')
    return frame.format(kind, _n(width), _n(height), _n(width), _n(height), label) + body + Markup("</svg>")


def _n(value: float) -> str:
    """A short number for an attribute."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _join(parts: Sequence[Markup]) -> Markup:
    return Markup("").join(parts)


def _text(x: float, y: float, text: str, anchor: str = "middle", cls: str = "") -> Markup:
    attribute = Markup(' class="{}"').format(cls) if cls else Markup("")
    return Markup('<text x="{}" y="{}" text-anchor="{}"{}>{}</text>').format(_n(x), _n(y), anchor, attribute, text)


def due_line(
    today: date, points: Sequence[DuePoint], *, label: str, today_label: str = "Today", width: int = WIDE
) -> Markup:
    """What is due when, around today: a line with one dot a day, its amount above and its date below.

    Labels never overlap: dates far apart move together, points of one day share a dot ("€120 +2"), and
    when there is still no room the closest neighbours do. Every label in full is in the dot's title.
    """
    axis = 30
    placed = lay_out(today, points, width, today_label)
    at = next(item.x for item in placed if item.is_today)
    shapes = [
        Markup('<line class="axis past" x1="0" y1="{y}" x2="{x}" y2="{y}"/>').format(x=_n(at), y=axis),
        Markup('<line class="axis" x1="{x}" y1="{y}" x2="{w}" y2="{y}"/>').format(x=_n(at), y=axis, w=width),
    ]
    return _svg(width, 56, label, _join([*shapes, *(_due_item(item, axis) for item in placed)]), "due")


def _due_item(item: Placed, axis: int) -> Markup:
    parts = []
    if item.is_today:
        tick = Markup('<line class="today" x1="{x}" y1="{a}" x2="{x}" y2="{b}"/>')
        parts.append(tick.format(x=_n(item.x), a=axis - 9, b=axis + 9))
    if item.points:
        title = "; ".join(f"{point.label}, {point.sub}" for point in item.points)
        dot = Markup('<circle class="dot {}" cx="{}" cy="{}" r="5"><title>{}</title></circle>')
        parts.append(dot.format(item.tone, _n(item.x), axis, title))
    if item.top:
        parts.append(_text(item.x, 13, item.top, cls="strong"))
    parts.append(_text(item.x, 52, item.bottom, cls="strong" if item.is_today else ""))
    return _join(parts)


def due_line_pair(today: date, points: Sequence[DuePoint], *, label: str, today_label: str = "Today") -> Markup:
    """`due_line` for a card on a desk and for one on a phone."""
    broad = due_line(today, points, label=label, today_label=today_label, width=WIDE)
    narrow = due_line(today, points, label=label, today_label=today_label, width=NARROW)
    return Markup('<div class="drawn">{}{}</div>').format(broad, narrow)


def _scale(series: Sequence[float], others: Sequence[float] = ()) -> float:
    """The number at the top of the chart; 1 when everything is zero, so that nothing divides by zero."""
    return float(max([*series, *others, 0]) or 1)


def _path(series: Sequence[float], top: float, width: float, height: float, head: float) -> str:
    step = width / max(len(series) - 1, 1)
    points = [f"{_n(i * step)} {_n(head + height - value / top * height)}" for i, value in enumerate(series)]
    if len(points) == 1:
        points.append(f"{_n(width)} {points[0].split()[1]}")
    return "M" + "L".join(points)


def area(
    series: Sequence[float],
    previous: Sequence[float] | None = None,
    *,
    label: str,
    ticks: Sequence[str] = (),
    top_label: str = "",
) -> Markup:
    """A series over time as a filled line, an earlier period dashed behind it, as wide as its place.

    `ticks` are texts spread evenly below the axis (a phone shows the outer two), `top_label` names the
    topmost line. They are HTML, so that they keep their size. An empty series draws the bare frame.
    """
    width, height = 1000, 100
    top = _scale(series, previous or ())
    shapes = [Markup('<path class="grid" d="M0 {y}H{w}"/>').format(y=y, w=width) for y in (0.5, 50)]
    if series:
        path = _path(series, top, width, height - 1, 1)
        shapes.append(Markup('<path class="fill" d="{}V{}H0z"/>').format(path, height))
        if previous:
            shapes.append(Markup('<path class="before" d="{}"/>').format(_path(previous, top, width, height - 1, 1)))
        shapes.append(Markup('<path class="stroke" d="{}"/>').format(path))
    frame = Markup('<svg class="chart" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">')
    head = Markup('<span class="top" aria-hidden="true">{}</span>').format(top_label) if top_label else Markup("")
    ends = _join([Markup("<span>{}</span>").format(text) for text in ticks])
    foot = Markup('<div class="ends" aria-hidden="true">{}</div>').format(ends) if ticks else Markup("")
    drawing = frame.format(width, height, label) + _join(shapes) + Markup("</svg>")
    return Markup('<div class="area">{}{}{}</div>').format(head, drawing, foot)


def bars(
    items: Sequence[tuple[str, float]],
    *,
    label: str,
    texts: Sequence[str] = (),
    width: int = WIDE,
    height: int = 120,
    kind: str = "bars",
) -> Markup:
    """One bar per (name, value >= 0) with its name below; `texts` stand above the bars when they fit.

    Names are left out where they would touch: every second, third ... is shown, the last always.
    """
    head, foot = 18, 20
    top = _scale([value for _, value in items])
    slot = width / max(len(items), 1)
    bar = max(min(slot * 0.62, 44), 1)
    every = _every([name for name, _ in items], slot)
    over = texts if not texts or _every(list(texts), slot) == 1 else ()
    shapes = [Markup('<path class="grid" d="M0 {y}H{w}"/>').format(y=head + height, w=width)]
    for index, (name, value) in enumerate(items):
        middle, tall = slot * (index + 0.5), max(value, 0) / top * height
        rect = Markup('<rect class="bar" x="{}" y="{}" width="{}" height="{}" rx="{}"><title>{}</title></rect>')
        title = f"{name}: {texts[index] if texts else _n(value)}"
        y = head + height - tall
        shapes.append(rect.format(_n(middle - bar / 2), _n(y), _n(bar), _n(tall), _n(min(3, tall / 2)), title))
        if over:
            shapes.append(_text(middle, y - 5, over[index], cls="strong"))
        if (len(items) - 1 - index) % every == 0:
            shapes.append(_text(middle, head + height + 15, name))
    return _svg(width, head + height + foot, label, _join(shapes), kind)


def bars_pair(items: Sequence[tuple[str, float]], *, label: str, texts: Sequence[str] = ()) -> Markup:
    """`bars` for the page's width, for a tablet or half a page, and for a phone."""
    broad = bars(items, label=label, texts=texts, width=960, height=130)
    middle = bars(items, label=label, texts=texts, width=540, height=130, kind="bars middle")
    narrow = bars(items, label=label, texts=texts, width=NARROW, height=110)
    return Markup('<div class="drawn">{}{}{}</div>').format(broad, middle, narrow)


def _every(names: list[str], slot: float) -> int:
    """Show every n-th name so that neighbours keep apart; the outer ones must also stay inside."""
    from_widest = max((text_width(name) for name in names), default=0.0) + 6
    return max(1, -(-int(from_widest) // max(int(slot), 1)))


def sparkline(series: Sequence[float], *, label: str, width: int = 96, height: int = 24) -> Markup:
    """A line without axes, for a table cell; a flat line for nothing or one value."""
    values = list(series) if len(series) > 1 else [0.0, 0.0]
    low, high = min(values), max(values)
    span = (high - low) or 1
    path = _path([value - low for value in values], span, width - 4, height - 4, 2)
    body = Markup('<g transform="translate(2 0)"><path class="stroke" d="{}"/></g>').format(path)
    return _svg(width, height, label, body, "spark")


def legend(current: str, before: str) -> Markup:
    """Names the two lines of `area` in words."""
    return Markup('<ul class="legend"><li>{}</li><li class="before">{}</li></ul>').format(
        escape(current), escape(before)
    )


__all__ = [
    "DuePoint",
    "area",
    "bars",
    "bars_pair",
    "due_line",
    "due_line_pair",
    "legend",
    "sparkline",
]
