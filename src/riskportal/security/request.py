"""`request.user`, `request.bill_group`, `request.customer`, and what the assembled services need."""

from __future__ import annotations

from typing import Any

from riskportal.customers.models import BillGroup, Customer
from riskportal.files.request import REGISTRY_KEY as BLOBS
from riskportal.identity.models import ApiToken, User
from riskportal.jobs.request import REGISTRY_KEY as JOBS
from riskportal.mail.request import REGISTRY_KEY as MAILER
from riskportal.security.policy import Preview, Program, SignedInUser


def includeme(config: Any) -> None:
    provide(config.registry, config.registry.portal)
    config.add_request_method(_user, "user", reify=True)
    config.add_request_method(_program, "program", reify=True)
    config.add_request_method(_bill_group, "bill_group", property=True)
    config.add_request_method(_customer, "customer", property=True)


def provide(registry: Any, portal: Any) -> None:
    """Give requests the portal and what they ask of it by name."""
    registry.portal = portal
    registry[JOBS] = portal.seam.jobs
    registry[MAILER] = portal.mailer
    registry[BLOBS] = portal.blobs


def _user(request: Any) -> User | None:
    """The signed-in person, in a preview whom it shows, None for nobody and for programs."""
    identity = request.identity
    return identity.user if isinstance(identity, SignedInUser | Preview) else None


def _program(request: Any) -> ApiToken | None:
    """The key of the program that asks, None for people and strangers."""
    identity = request.identity
    return identity.token if isinstance(identity, Program) else None


def _bill_group(request: Any) -> BillGroup | None:
    """The bill group whose page this is, None outside the portal area."""
    return getattr(request.context, "bill_group", None) if hasattr(request, "context") else None


def _customer(request: Any) -> Customer | None:
    """The customer whose page this is, None outside the portal area."""
    return getattr(request.context, "customer", None) if hasattr(request, "context") else None
