"""Our own line drawings: a 20x20 grid, strokes of 1.5, round ends, hidden from assistive technology.

`{{ icon("home") }}` in every template. An unknown name draws a small dot rather than failing a page.
"""

from __future__ import annotations

from functools import cache

from markupsafe import Markup

# SVG path data.
DRAWINGS = {
    "home": "M3 8.6 10 3l7 5.6V16a1 1 0 0 1-1 1h-3.6v-4.6H7.6V17H4a1 1 0 0 1-1-1z",
    "services": "M4.5 3.5h11A1.5 1.5 0 0 1 17 5v2.5A1.5 1.5 0 0 1 15.5 9h-11A1.5 1.5 0 0 1 3 7.5V5a1.5 1.5 0 0 1 1.5-1.5zM4.5 11h11a1.5 1.5 0 0 1 1.5 1.5V15a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 15v-2.5A1.5 1.5 0 0 1 4.5 11zM6 6.25h.01M6 13.75h.01M13 6.25h1.5M13 13.75h1.5",
    "globe": "M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0zM3 10h14M10 3c2.6 2.2 2.6 11.8 0 14M10 3c-2.6 2.2-2.6 11.8 0 14",
    "billing": "M5 2.75h10v14.5l-2.5-1.5-2.5 1.5-2.5-1.5L5 17.25zM7.75 7h4.5M7.75 10.25h4.5",
    "requests": "M4.5 4h11A1.5 1.5 0 0 1 17 5.5v7a1.5 1.5 0 0 1-1.5 1.5H9l-3.5 3v-3h-1A1.5 1.5 0 0 1 3 12.5v-7A1.5 1.5 0 0 1 4.5 4z",
    "history": "M3.5 10A6.5 6.5 0 1 0 6 4.9L3.5 7M3.5 3.5V7H7M10 6.5V10l2.5 1.5",
    "chart": "M3 16.5h14M5 13l3.5-4 3 2.5L16 5.5",
    "book": "M4 15.5v-11A1.5 1.5 0 0 1 5.5 3H16v11H5.5A1.5 1.5 0 0 0 4 15.5 1.5 1.5 0 0 0 5.5 17H16v-3M7.5 6.5h5",
    "download": "M10 3v9.5M6 8.8l4 3.7 4-3.7M3.5 16.5h13",
    "upload": "M10 13V3.5M6 7.2l4-3.7 4 3.7M3.5 16.5h13",
    "bell": "M5 13.5V9a5 5 0 0 1 10 0v4.5l1.5 1.5h-13zM8.3 17.3a2 2 0 0 0 3.4 0",
    "users": "M10.5 6.5a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM2 16.5c0-3 2.3-4.8 5.5-4.8s5.5 1.8 5.5 4.8M12.8 3.8a3 3 0 0 1 0 5.4M14.8 12.2c2 .6 3.2 2.1 3.2 4.3",
    "user": "M13 6.5a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM4 16.8c0-3.1 2.5-5 6-5s6 1.9 6 5",
    "shield": "M10 2.75 16 5v4.5c0 3.7-2.4 6.4-6 7.75-3.6-1.35-6-4.05-6-7.75V5zM7.5 9.8l1.8 1.8 3.3-3.6",
    "key": "M10.5 7a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0zM9.5 9.5l7 7M13.2 13.2l2-2",
    "mail": "M4 4.5h12a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1zM3.3 5.5 10 10.8l6.7-5.3",
    "eye": "M2.5 10S5.2 4.75 10 4.75 17.5 10 17.5 10 14.8 15.25 10 15.25 2.5 10 2.5 10zM12.25 10a2.25 2.25 0 1 1-4.5 0 2.25 2.25 0 0 1 4.5 0z",
    "search": "M14 8.75a5.25 5.25 0 1 1-10.5 0 5.25 5.25 0 0 1 10.5 0zM12.6 12.6 17 17",
    "check": "M4 10.6 8.2 15 16 5.5",
    "clock": "M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0zM10 6v4l2.7 1.7",
    "warn": "M10 3 18 16.5H2zM10 8v3.7M10 14.1h.01",
    "info": "M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0zM10 9.2v4.3M10 6.5h.01",
    "close": "M5 5l10 10M15 5 5 15",
    "minus": "M4.5 10h11",
    "plus": "M10 4v12M4 10h12",
    "chevron-down": "M5 7.5 10 12.5l5-5",
    "chevron-right": "M7.5 5l5 5-5 5",
    "chevron-left": "M12.5 5l-5 5 5 5",
    "up": "M10 16V4.5M5.5 9 10 4.5 14.5 9",
    "down": "M10 4v11.5M5.5 11l4.5 4.5 4.5-4.5",
    "pin": "M7 3.5h6M8 3.5l-.5 5-2 2.5h9l-2-2.5-.5-5M10 11v6",
    "external": "M8 4.5H5A1.5 1.5 0 0 0 3.5 6v9A1.5 1.5 0 0 0 5 16.5h9a1.5 1.5 0 0 0 1.5-1.5v-3M11.5 3.5h5v5M16.5 3.5 9.5 10.5",
    "logout": "M8 3.5H5A1.5 1.5 0 0 0 3.5 5v10A1.5 1.5 0 0 0 5 16.5h3M13 6.5l3.5 3.5-3.5 3.5M16.5 10H8",
    "language": "M2.5 5h8M6.5 3v2M8.8 5c-.5 3-2.6 5.8-5.8 7.2M4.5 7.5c.8 2 2.6 3.8 5 4.7M9.5 17l3.7-8.5 3.8 8.5M10.8 14.2h4.9",
    "menu": "M3 5.5h14M3 10h14M3 14.5h14",
    "more": "M4.5 10h.01M10 10h.01M15.5 10h.01",
    "filter": "M3 5h14M5.5 10h9M8 15h4",
    "print": "M6 7V3h8v4M6 13.5H4.5A1.5 1.5 0 0 1 3 12V8.5A1.5 1.5 0 0 1 4.5 7h11A1.5 1.5 0 0 1 17 8.5V12a1.5 1.5 0 0 1-1.5 1.5H14M6 11.5h8V17H6z",
    "calendar": "M4.5 4.5h11A1.5 1.5 0 0 1 17 6v9a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 15V6a1.5 1.5 0 0 1 1.5-1.5zM3 8.5h14M6.5 2.75v3M13.5 2.75v3",
    "card": "M4 4.5h12A1.5 1.5 0 0 1 17.5 6v8a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 14V6A1.5 1.5 0 0 1 4 4.5zM2.5 8.5h15M5.5 12.5h3",
    "bank": "M3 8 10 3.5 17 8zM5 8v6.5M8.4 8v6.5M11.6 8v6.5M15 8v6.5M3 16.5h14",
    "affiliate": "M7 5.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM17 5.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM12 14.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM7 5.5h6M6 7.2l3 5.6M14 7.2l-3 5.6",
    "pulse": "M2.5 10.5H6l2-5 3.5 9.5 2-4.5h4",
    "lock": "M5.5 9h9A1.5 1.5 0 0 1 16 10.5v5a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 4 15.5v-5A1.5 1.5 0 0 1 5.5 9zM6.75 9V6.25a3.25 3.25 0 0 1 6.5 0V9M10 12.3v1.6",
    "device": "M4.5 3.5h11A1 1 0 0 1 16.5 4.5v8h-13v-8a1 1 0 0 1 1-1zM2 15.5h16",
    "refresh": "M16.5 10a6.5 6.5 0 0 1-11.6 4M3.5 10a6.5 6.5 0 0 1 11.6-4M15.5 2.8V6.3H12M4.5 17.2V13.7H8",
    "settings": "M3 6h6M13.5 6H17M3 14h3.5M11 14h6M13.4 6a2.2 2.2 0 1 1-4.4 0 2.2 2.2 0 0 1 4.4 0zM10.9 14a2.2 2.2 0 1 1-4.4 0 2.2 2.2 0 0 1 4.4 0z",
    "file": "M5.5 2.75h6L15.5 7v9a1.25 1.25 0 0 1-1.25 1.25h-8.75A1.25 1.25 0 0 1 4.25 16V4A1.25 1.25 0 0 1 5.5 2.75zM11.25 3v4.25h4",
    "folder": "M3 6V5a1.5 1.5 0 0 1 1.5-1.5h3L9.5 5.5h6A1.5 1.5 0 0 1 17 7v7.5a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 14.5z",
    "megaphone": "M4 8h3l8-4v12l-8-4H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1zM7 12l1.2 4.5M17.5 8.8v2.4",
    "package": "M10 2.75 16.5 6v8L10 17.25 3.5 14V6zM3.5 6 10 9.5 16.5 6M10 9.5v7.75",
    "milestone": "M5 17V3.5M5 4.5h9.5l-2 3.25 2 3.25H5",
    "clip": "M14.5 8.8 9 14.3a2.6 2.6 0 0 1-3.7-3.7l6-6a1.8 1.8 0 0 1 2.5 2.5l-5.6 5.6a.9.9 0 0 1-1.3-1.3L11.7 6.6",
    "copy": "M8 7h7a1.5 1.5 0 0 1 1.5 1.5V15A1.5 1.5 0 0 1 15 16.5H8A1.5 1.5 0 0 1 6.5 15V8.5A1.5 1.5 0 0 1 8 7zM4.5 13H4a1 1 0 0 1-1-1V4.5A1.5 1.5 0 0 1 4.5 3H12a1 1 0 0 1 1 1v.5",
    "edit": "M4 16l.8-3.6 8.7-8.7a1.4 1.4 0 0 1 2 0l.8.8a1.4 1.4 0 0 1 0 2L7.6 15.2zM12 5.2 14.8 8",
    "phone": "M6.75 2.5h6.5a1.25 1.25 0 0 1 1.25 1.25v12.5a1.25 1.25 0 0 1-1.25 1.25h-6.5a1.25 1.25 0 0 1-1.25-1.25V3.75A1.25 1.25 0 0 1 6.75 2.5zM9 14.9h2",
    "trash": "M3.5 5.5h13M7.5 5.5V3.5h5v2M5 5.5l.8 11h8.4l.8-11M8.5 8.5v5M11.5 8.5v5",
    "pause": "M7 4.5v11M13 4.5v11",
    "stop": "M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0zM5 5l10 10",
    "dot": "M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0z",
}
OTHER_NAMES = {
    "heart-pulse": "pulse",
    "alert": "warn",
    "receipt": "billing",
    "invoice": "billing",
    "server": "services",
    "people": "users",
    "sign-out": "logout",
    "account": "user",
    "domains": "globe",
    "analytics": "chart",
    "knowledgebase": "book",
    "announcements": "megaphone",
    "downloads": "download",
    "status": "pulse",
    "arrow-left": "chevron-left",
    "team": "users",
    "gear": "settings",
}
# They point somewhere, so they turn round where text runs from right to left.
DIRECTED = ("chevron-right", "chevron-left", "logout", "external")


@cache
def icon(name: str, cls: str = "") -> Markup:
    """The drawing as an <svg> element."""
    path = DRAWINGS.get(name) or DRAWINGS[OTHER_NAMES.get(name, "dot")]
    extra = f" {cls}" if cls else " flip" if name in DIRECTED else ""
    # Both parts are our own constants; nothing a person typed comes here.
    return Markup(  # noqa: S704
        f'<svg class="icon{extra}" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" focusable="false">'
        f'<path d="{path}"/></svg>'
    )
