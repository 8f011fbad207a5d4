"""Roles: what each of them may do, and how that differs from what modules declare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from riskportal.forms import Form, Problem, submit
from riskportal.identity.roles import change_role_permissions, changeable, defaults
from riskportal.identity.staff import TeamRefused
from riskportal.plug import _
from riskportal.plug.declarations import PORTAL_ROLES, STAFF_ROLES, Permission
from riskportal.shell.provider.module_settings import titles
from riskportal.shell.provider.permissions import P
from riskportal.shell.provider.role_form import role_form, seen_of, wanted_of
from riskportal.shell.provider.team_rules import REFUSALS, chief, refusal
from riskportal.shell.provider.wording import AREAS
from riskportal.tenancy.services import OWNER
from riskportal.web.roles import role_name

TEMPLATES = "riskportal:templates/provider/"
ROLES = {"staff": STAFF_ROLES, "portal": PORTAL_ROLES}


@dataclass(frozen=True)
class Cell:
    """Whether a role holds a permission, and whether that is the tenant's own choice."""

    holds: bool
    differs: bool


@dataclass(frozen=True)
class Row:
    """A permission with a cell for each role; `always`: it belongs to everybody."""

    permission: Permission
    cells: list[Cell]
    always: bool


@view_config(route_name="core.staff_roles", request_method="GET", renderer=TEMPLATES + "roles.jinja2")
def show_roles(request: Any) -> dict[str, Any]:
    """A table: permissions by module down, roles across."""
    area = request.GET.get("area")
    area = area if area in ROLES else "staff"
    names = titles(request)
    groups: dict[str, list[Row]] = {}
    for permission in request.registry.portal.seam.permissions.values():
        if permission.area == area:
            owner = permission.name.partition(".")[0]
            groups.setdefault(owner, []).append(_row(request, area, permission))
    return {
        "area": area,
        "areas": AREAS,
        "roles": [(role, role_name(role), role != OWNER) for role in ROLES[area]],
        "groups": [(names.get(owner, owner), rows) for owner, rows in groups.items()],
        "changed": any(cell.differs for rows in groups.values() for row in rows for cell in row.cells),
    }


def _row(request: Any, area: str, permission: Permission) -> Row:
    held = request.tenant_config.role_permissions
    cells = []
    for role in ROLES[area]:
        holds = permission.name in held(area, role)
        usual = permission.personal or role == OWNER or role in permission.default_roles
        cells.append(Cell(holds, holds != usual))
    return Row(permission, cells, permission.personal)


@view_config(route_name="core.staff_role", request_method="GET", renderer=TEMPLATES + "role.jinja2")
def show_role(request: Any) -> dict[str, Any]:
    area, role = _asked(request)
    return _page(request, area, role, role_form(request, area, role))


@view_config(route_name="core.staff_role", request_method="POST", renderer=TEMPLATES + "role.jinja2")
def save_role(request: Any) -> Any:
    """What the role may do from now on, in every process at once; the button "reset" means the defaults."""
    area, role = _asked(request)
    form = role_form(request, area, role)

    def save(data: dict[str, Any]) -> Any:
        declared = request.registry.portal.seam.permissions
        wanted = defaults(declared, area, role) if "reset" in request.POST else wanted_of(data)
        try:
            change = change_role_permissions(
                request.db, chief(request, P.ROLE_WRITE), declared, area, role, wanted, seen_of(data)
            )
        except TeamRefused as refused:
            if refused.code == "changed":
                return _newer(request, area, role)
            raise Problem({"": refusal(refused)}) from None
        if change.given or change.taken:
            request.audit("core.role_changed", area=area, role=role, given=change.given, taken=change.taken)
            request.note("good", _("Saved. It holds from everybody's next click."))
        else:
            request.note("good", _("Nothing has changed."))
        return HTTPSeeOther(request.route_path("core.staff_roles", _query={"area": area}))

    return submit(request, form, save, on_error=lambda form: _page(request, area, role, form))


def _newer(request: Any, area: str, role: str) -> Any:
    """The role has changed meanwhile: back to its page, which shows it as it is."""
    request.note("bad", REFUSALS["changed"])
    return HTTPSeeOther(request.route_path("core.staff_role", area=area, role=role))


def _asked(request: Any) -> tuple[str, str]:
    """The area and role of the address; 404 for those that don't exist and for owners, who hold everything."""
    area, role = request.matchdict["area"], request.matchdict["role"]
    if role not in ROLES.get(area, ()) or role == OWNER:
        raise HTTPNotFound()
    return area, role


def _page(request: Any, area: str, role: str, form: Form) -> dict[str, Any]:
    declared = request.registry.portal.seam.permissions
    held = request.tenant_config.role_permissions(area, role)
    usual = defaults(declared, area, role)
    mine = {one.name for one in changeable(declared, area)}
    always = [request.translate(one.label) for one in declared.values() if one.area == area and one.personal]
    return {
        "form": form,
        "area": area,
        "area_name": AREAS[area],
        "role": role_name(role),
        "differs": (held & mine) != usual,
        "always": always,
    }
