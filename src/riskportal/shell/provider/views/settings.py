"""How the portal is set up: an overview, modules and their switches, the settings that modules declare."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from riskportal.db.changes import Outdated
from riskportal.forms import Problem, submit
from riskportal.plug import Message, Module, _
from riskportal.plug.seam import CORE
from riskportal.security.junk import posted
from riskportal.shell.provider.forms import as_of
from riskportal.shell.provider.module_settings import (
    changed_values,
    described,
    settings_form,
    settings_of,
    titles,
    written,
)
from riskportal.tenancy.hosts import hosts_of
from riskportal.tenancy.modules import ModuleRefused, needed_by, switch_module
from riskportal.tenancy.services import change_settings, reset_setting

TEMPLATES = "riskportal:templates/provider/"


@view_config(route_name="core.staff_settings", request_method="GET", renderer=TEMPLATES + "settings.jinja2")
def overview(request: Any) -> dict[str, Any]:
    """Everything at one glance; what the reader may change leads to its page."""
    config, names = request.tenant_config, titles(request)
    return {
        "tenant": request.tenant,
        "hosts": hosts_of(request.db),
        "modules": [(module, config.module_on(module.name)) for module in _modules(request)],
        "settings": [
            (name, names.get(name, name), [described(request, setting) for setting in settings])
            for name, settings in settings_of(request).items()
        ],
    }


@view_config(route_name="core.staff_modules", request_method="GET", renderer=TEMPLATES + "modules.jinja2")
def show_modules(request: Any) -> dict[str, Any]:
    """The installed modules and whether they are on."""
    config, names, modules = request.tenant_config, titles(request), _modules(request)
    return {
        "modules": [
            (
                module,
                config.module_on(module.name),
                [names[other] for other in module.requires],
                [names[other] for other in needed_by(modules, module.name)],
                bool(settings_of(request).get(module.name)),
            )
            for module in modules
        ]
    }


@view_config(route_name="core.staff_module", request_method="GET", renderer=TEMPLATES + "module.jinja2")
def ask_to_switch(request: Any) -> dict[str, Any]:
    """What switching does, before it is done."""
    module = _module(request)
    config, names, modules = request.tenant_config, titles(request), _modules(request)
    on = config.module_on(module.name)
    needs = [names[other] for other in module.requires if not config.module_on(other)]
    leaning = [names[other] for other in needed_by(modules, module.name) if config.module_on(other)]
    entries = [entry for entry in request.registry.portal.seam.nav.values() if entry.id.startswith(f"{module.name}.")]
    return {
        "module": module,
        "on": on,
        "blocked": _blocked(on, names[module.name], leaning if on else needs),
        "entries": list(dict.fromkeys(request.translate(entry.label) for entry in entries)),
    }


@view_config(route_name="core.staff_module", request_method="POST")
def switch(request: Any) -> Any:
    """Switch a module on or off for this portal."""
    module, names = _module(request), titles(request)
    wanted = posted(request, "switch")
    if wanted not in ("on", "off"):
        raise HTTPNotFound()
    on = wanted == "on"
    try:
        switched = switch_module(request.db, _modules(request), module.name, on=on)
    except ModuleRefused as refused:
        others = [names[other] for other in refused.modules]
        request.note("bad", _blocked(not on, names[module.name], others) or "")
        return HTTPSeeOther(request.route_path("core.staff_modules"))
    if switched:
        request.audit("core.module_on" if on else "core.module_off", module=module.name)
    done = _("{module} is on.", module=module.title) if on else _("{module} is off.", module=module.title)
    request.note("good", done)
    return HTTPSeeOther(request.route_path("core.staff_modules"))


@view_config(
    route_name="core.staff_module_settings", request_method="GET", renderer=TEMPLATES + "module_settings.jinja2"
)
def show_settings(request: Any) -> dict[str, Any]:
    return _settings_page(request, settings_form(request, _owner(request)))


@view_config(
    route_name="core.staff_module_settings", request_method="POST", renderer=TEMPLATES + "module_settings.jinja2"
)
def save_settings(request: Any) -> Any:
    """Keep what differs from what holds now; the rest stays with its default."""
    owner = _owner(request)
    form = settings_form(request, owner)

    def save(data: dict[str, Any]) -> Any:
        config, changes = request.tenant_config, changed_values(request, owner, data)
        values = [(setting, written(setting, value)) for setting, value in changes]
        try:
            change_settings(request.db, values, seen=data["seen"])
        except Outdated as newer:
            as_of(form, newer)
            raise Problem({"": _OUTDATED}) from None
        for setting, new in values:
            old = written(setting, config.setting(setting.key))
            request.audit("core.setting_changed", setting=setting.key, old=old, new=new)
        request.note("good", _("Saved.") if changes else _("Nothing has changed."))
        return HTTPSeeOther(request.route_path("core.staff_module_settings", module=owner))

    return submit(request, form, save, on_error=lambda form: _settings_page(request, form))


@view_config(route_name="core.staff_setting_reset", request_method="POST")
def reset(request: Any) -> Any:
    """Back to the default of one setting."""
    owner = _owner(request)
    setting = next((one for one in settings_of(request)[owner] if one.key == posted(request, "key")), None)
    if setting is None:
        raise HTTPNotFound()
    if reset_setting(request.db, request.tenant, setting):
        request.audit("core.setting_reset", setting=setting.key, new=written(setting, setting.default))
        request.note("good", _("{setting} has its default again.", setting=setting.label))
    return HTTPSeeOther(request.route_path("core.staff_module_settings", module=owner))


_OUTDATED: Message = _(
    "Somebody else has changed the settings while you were writing. Look at the page in another window; save again "
    "to keep what stands here."
)


def _modules(request: Any) -> list[Module]:
    return [loaded.module for loaded in request.registry.portal.seam.modules]


def _module(request: Any) -> Module:
    wanted = request.matchdict["module"]
    module = next((one for one in _modules(request) if one.name == wanted), None)
    if module is None:
        raise HTTPNotFound()
    return module


def _owner(request: Any) -> str:
    """The module (or the core) whose settings these are; 404 for one that has none."""
    name: str = request.matchdict["module"]
    if name not in settings_of(request):
        raise HTTPNotFound()
    return name


def _blocked(on: bool, module: str, others: list[str]) -> Message | None:
    """Why a switch can't be turned, None when it can."""
    if not others:
        return None
    listed = ", ".join(others)
    if on:
        return _("{others} can't work without {module}. Switch that off first.", others=listed, module=module)
    return _("{module} needs {others}. Switch that on first.", others=listed, module=module)


def _settings_page(request: Any, form: Any) -> dict[str, Any]:
    owner = _owner(request)
    return {
        "form": form,
        "owner": owner,
        "title": titles(request).get(owner, owner),
        "settings": [described(request, setting) for setting in settings_of(request)[owner]],
        "on": owner == CORE or request.tenant_config.module_on(owner),
    }
