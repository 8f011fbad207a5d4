"""riskportal: a self-hosted customer portal for hosting providers and web agencies.

Reading order: this file, `plug/hookspecs.py` (what a module can do), `db/guard.py` (what keeps
tenants apart), `security/contexts.py` (what a request may see), then a module's `plugin.py`.
"""

from __future__ import annotations

import warnings
from typing import Any

# Pyramid 2.1 and deform 3.0 still import pkg_resources; our setuptools is pinned to one that has it.
warnings.filterwarnings("ignore", message="pkg_resources is deprecated", category=UserWarning)

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationExecutionError

from riskportal.app import Portal
from riskportal.plug.declarations import DeclarationError
from riskportal.security.contexts import Nowhere
from riskportal.security.csrf import DerivedCSRF, needs_token
from riskportal.security.policy import ROUTE, Policy


def main(global_config: dict[str, str], **settings: str) -> Any:
    """The WSGI application for an ini file (`paste.app_factory`)."""
    return make_app(Portal.build(settings), settings)


def make_app(portal: Portal, settings: dict[str, str] | None = None) -> Any:
    """The WSGI application over a built portal; DeclarationError says which route or link of a module is wrong."""
    try:
        return _assemble(portal, settings or {})
    except ConfigurationExecutionError as error:
        # Pyramid wraps what its actions raise; the sentence inside is what helps.
        if isinstance(error.evalue, DeclarationError):
            raise error.evalue from None
        raise


def _assemble(portal: Portal, settings: dict[str, str]) -> Any:
    """A table of contents, in the order that it matters."""
    with Configurator(settings=settings) as config:
        config.registry.portal = portal
        # Bytes that are no text stop before anything reads them; headers go on whatever comes out.
        config.include("riskportal.security.headers")
        config.include("riskportal.security.junk")
        config.include("riskportal.security.preview")
        config.include("riskportal.db.request")
        config.include("riskportal.tenancy.request")
        config.include("riskportal.security.request")
        config.set_root_factory(Nowhere)
        config.set_security_policy(Policy())
        config.set_default_permission(ROUTE)
        config.set_csrf_storage_policy(DerivedCSRF())
        config.set_default_csrf_options(require_csrf=True, check_origin=False, callback=needs_token)
        for package in ("audit", "jobs", "mail", "files"):
            config.include(f"riskportal.{package}.request")
        for page_part in ("jinja", "locale", "notes", "hooks", "assets", "layout", "errors"):
            config.include(f"riskportal.web.{page_part}")
        config.include("riskportal.plug.directives")
        config.include("riskportal.shell")
        # Each module last and in ini order, by include, so that clashing names are loud.
        config.include(_modules)
    return config.make_wsgi_app()


def _modules(config: Configurator) -> None:
    """Include every module; while one is included, directives know whose routes these are."""
    for loaded in config.registry.portal.seam.modules:
        config.registry.including = loaded.module.name
        includeme = getattr(loaded.plugin, "includeme", None)
        if includeme is not None:
            config.include(includeme)
