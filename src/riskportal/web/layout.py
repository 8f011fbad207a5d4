"""What stands around a page: brand, navigation, whose account this is, languages, messages.

Built when a template first reads `request.layout`, from what the request knows by then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any

from riskportal.identity.access import Reachable, reachable
from riskportal.plug import _
from riskportal.plug.calls import call_hook
from riskportal.plug.declarations import Figure, NavEntry
from riskportal.security.contexts import PortalContext, StaffContext
from riskportal.security.csrf import console_token
from riskportal.security.policy import Preview
from riskportal.web.i18n import LANGUAGES
from riskportal.web.locale import offered
from riskportal.web.roles import role_name

SWITCHER_LIMIT = 12
DETAILS_READ = "core.details.read"
# Set on the page of an address that leads nowhere: it must look the same wherever it didn't lead.
LOST_THE_WAY = "riskportal.lost"
HOMES = ("core.home", "core.staff_home")


@dataclass(frozen=True)
class NavLink:
    label: str
    url: str
    icon: str
    current: bool
    badge: int | None


@dataclass(frozen=True)
class NavSection:
    label: str | None
    entries: list[NavLink]


@dataclass(frozen=True)
class Account:
    """Whose account the page shows: what the customer is called, the company that invoices are written to (None
    when that is the same), postal address, contact address, and quick statistics."""

    name: str
    company: str | None
    lines: list[str]
    email: str | None
    figures: list[Figure]


@dataclass(frozen=True)
class Person:
    """Who is signed in; `role` is what a member of the staff works as. `url` leads to their own pages."""

    name: str
    role: str | None
    url: str | None
    # In a preview nobody is signed in: the name is then that of a role.
    is_role: bool = False


@dataclass(frozen=True)
class Group:
    """A line of the bill-group switcher."""

    name: str
    customer: str
    url: str
    current: bool


@dataclass(frozen=True)
class Language:
    code: str
    label: str
    current: bool


@dataclass(frozen=True)
class FootLink:
    label: str
    url: str


@dataclass(frozen=True)
class PreviewBar:
    """What stands over every page of a preview: as whom it shows the portal (somebody with a role, or a person),
    for how many minutes more, and its end."""

    viewer: str
    is_role: bool
    minutes: int
    end_url: str
    token: str


@dataclass(frozen=True)
class Layout:
    """The names that templates/layouts read."""

    brand_name: str
    brand_logo_url: str | None
    brand_initial: str
    brand_css_url: str | None
    home_url: str
    css: list[str]
    js: list[str]
    languages: list[Language]
    language_url: str
    # Where the choice of a language leads back to.
    return_to: str = "/"
    favicon_url: str | None = None
    nav: list[NavSection] = field(default_factory=list)
    tabs: list[NavLink] = field(default_factory=list)
    # Whether this is the staff console.
    console: bool = False
    account: Account | None = None
    person: Person | None = None
    # What the reader signs in with.
    login: str = ""
    groups: list[Group] = field(default_factory=list)
    search_url: str | None = None
    search_label: str = ""
    sign_out_url: str | None = None
    flashes: list[tuple[str, str]] = field(default_factory=list)
    footer_links: list[FootLink] = field(default_factory=list)
    preview: PreviewBar | None = None


def includeme(config: Any) -> None:
    config.add_request_method(build, "layout", reify=True)


def build(request: Any) -> Layout:
    """The layout for the request's area; outside portal and console a plain one with the brand."""
    context = None if request.environ.get("riskportal.failing") else getattr(request, "context", None)
    if isinstance(context, PortalContext):
        return Layout(**{**_common(request), **_portal(request, context), **_preview(request, context)})
    if isinstance(context, StaffContext):
        return Layout(**{**_common(request), **_staff(request, context)})
    return Layout(**_common(request))


def _common(request: Any) -> dict[str, Any]:
    brand, assets = request.brand, request.registry.assets
    known = brand.version > 0
    return {
        "brand_name": brand.name,
        "brand_logo_url": request.route_path("core.logo", _query={"v": brand.logo[:12]}) if brand.logo else None,
        "brand_initial": brand.name[:1].upper(),
        "brand_css_url": request.route_path("core.brand_css", _query={"v": brand.version}) if known else None,
        "home_url": "/",
        "css": assets.css,
        "js": assets.js,
        "languages": [Language(code, LANGUAGES[code], code == request.locale_name) for code in offered(request)],
        "language_url": request.route_path("core.language"),
        "return_to": _here(request),
        "favicon_url": request.route_path("core.favicon", _query={"v": brand.version}) if known else None,
        "flashes": [(tone, request.translate(text)) for tone, text in request.pop_notes()],
        "footer_links": _footer(request),
    }


def _here(request: Any) -> str:
    """Where the page stands, for forms that lead back to it; the start when its address leads nowhere."""
    if LOST_THE_WAY in request.environ:
        return "/"
    try:
        return str(request.path_qs)
    except UnicodeDecodeError:
        return "/"  # an address that is no text, whose error page this is


def _footer(request: Any) -> list[FootLink]:
    support = request.brand.support_email
    return [FootLink(request.translate(_("Contact")), f"mailto:{support}")] if support else []


def _portal(request: Any, context: PortalContext) -> dict[str, Any]:
    group, user = context.bill_group, request.user
    nav = _nav(request, "portal", context.permissions)
    flat = [link for section in nav for link in section.entries]
    return {
        "nav": nav,
        "tabs": flat[:4],
        "account": _account(request, context),
        "login": user.email,
        "person": Person(user.email, None, request.route_path("core.security", bill_group=group.public_id)),
        "groups": _groups(request, context),
        "search_url": request.route_path("core.search", bill_group=group.public_id),
        "search_label": request.translate(_("Search")),
        "sign_out_url": request.route_path("core.sign_out"),
    }


def _account(request: Any, context: PortalContext) -> Account:
    """The account line; a module that can't tell its figure is missing from it, and the log says why.

    Address and e-mail are for readers of the details: a freelancer who sees one service needs neither.
    """
    customer, group = context.customer, context.bill_group
    figures = sorted(call_hook(request, "account_figures").items, key=lambda figure: (figure.weight, figure.id))
    company = group.company if group.company != customer.name else None
    if not request.allows(DETAILS_READ):
        return Account(customer.name, company, [], None, figures)
    return Account(customer.name, company, group.address_lines(), group.email, figures)


def _preview(request: Any, context: PortalContext) -> dict[str, Any]:
    """In a preview: the bar, and no way that leads out of it unseen."""
    identity = request.identity
    if not isinstance(identity, Preview):
        return {}
    row, public_id = identity.row, context.bill_group.public_id
    home = request.route_path("core.home", bill_group=public_id)
    viewer = row.email or request.translate(role_name(str(row.role)))
    left = row.expires_at - request.clock.now()
    return {
        "home_url": home,
        # The button stands where the customer finds it; pressed, it says that this is a preview.
        "sign_out_url": home,
        # The choice of a language is kept with the staff member's own login.
        "languages": [],
        "person": Person(
            viewer, None, request.route_path("core.security", bill_group=public_id), is_role=row.email is None
        ),
        "login": viewer,
        "preview": PreviewBar(
            viewer=viewer,
            is_role=row.email is None,
            minutes=ceil(left.total_seconds() / 60),
            end_url=request.route_path("core.staff_preview_end", public_id=public_id),
            token=console_token(request),
        ),
    }


def _groups(request: Any, context: PortalContext) -> list[Group]:
    """The bill groups that this user can switch between; the current one is always among them."""
    current = context.bill_group.public_id
    here = Reachable(current, context.bill_group.name, context.customer.name)
    found = [here]
    if context.elsewhere:
        found = reachable(request.db, request.user.email, request.clock.now(), SWITCHER_LIMIT)
        found = found if here in found else [here, *found]
    return [
        Group(g.name, g.customer, request.route_path("core.home", bill_group=g.public_id), g.public_id == current)
        for g in found
    ]


def _staff(request: Any, context: StaffContext) -> dict[str, Any]:
    user, nav = request.user, _nav(request, "staff", context.permissions)
    return {
        "console": True,
        "home_url": request.route_path("core.staff_home"),
        "language_url": request.route_path("core.staff_language"),
        "nav": nav,
        "tabs": [link for section in nav for link in section.entries][:4],
        "login": user.email,
        "person": Person(
            user.name or user.email,
            request.translate(role_name(context.staff.role)),
            request.route_path("core.staff_security"),
        ),
        "search_url": request.route_path("core.staff_search"),
        "search_label": request.translate(_("Search the console")),
        "sign_out_url": request.route_path("core.staff_sign_out"),
    }


def _nav(request: Any, area: str, permissions: frozenset[str]) -> list[NavSection]:
    """The area's entries that the reader may open, of modules that are on, by section and weight."""
    entries = sorted(_visible(request, area, permissions), key=lambda entry: (entry.weight, entry.id))
    sections: dict[str, list[NavLink]] = {}
    labels: dict[str, str] = {}
    for entry in entries:
        labels.setdefault(str(entry.section), entry.section)
        sections.setdefault(str(entry.section), []).append(_link(request, entry))
    _keep_nearest(sections)
    # Entries without a section stand first, whatever their weight.
    ordered = sorted(sections, key=lambda name: name != "")
    return [NavSection(request.translate(labels[name]) or None, sections[name]) for name in ordered]


def _keep_nearest(sections: dict[str, list[NavLink]]) -> None:
    """Of entries whose pages stand below each other only the nearest is current."""
    current = [link.url for links in sections.values() for link in links if link.current]
    outer = {url for url in current if any(other.startswith(f"{url}/") for other in current)}
    for links in sections.values():
        links[:] = [replace(link, current=link.current and link.url not in outer) for link in links]


def _visible(request: Any, area: str, permissions: frozenset[str]) -> Iterable[NavEntry]:
    for entry in request.registry.portal.seam.nav.values():
        module = entry.id.partition(".")[0]
        if entry.area == area and entry.permission in permissions and request.tenant_config.module_on(module):
            yield entry


def _link(request: Any, entry: NavEntry) -> NavLink:
    here = {"bill_group": request.matchdict["bill_group"]} if entry.area == "portal" else {}
    url = request.route_path(entry.route, **here)
    return NavLink(
        label=request.translate(entry.label),
        url=url,
        icon=entry.icon,
        current=_is_current(request, entry, url),
        badge=_badge(request, entry),
    )


def _is_current(request: Any, entry: NavEntry, url: str) -> bool:
    """A module's entry is current on all pages of the module, a core page's on itself and the pages below it."""
    route: str = request.matched_route.name
    if entry.covers and request.path.startswith(entry.covers):
        return True
    module = entry.route.partition(".")[0]
    if module != "core":
        return route.startswith(module + ".")
    # The homes of both areas have every page below them.
    return route == entry.route or (entry.route not in HOMES and request.path.startswith(f"{url}/"))


def _badge(request: Any, entry: NavEntry) -> int | None:
    if entry.badge is None:
        return None
    return request.guarded(entry.id, lambda: entry.badge(request))
