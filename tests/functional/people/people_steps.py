"""What tests about people do again and again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from riskportal.customers.models import BillGroup
from riskportal.db.guard import Scope
from riskportal.db.session import Database
from riskportal.identity.models import Membership


class OfTenant:
    """Enough of a tenant for the factory, where only its id is known."""

    def __init__(self, tenant_id: int) -> None:
        self.id = tenant_id


def member(make: Any, group: BillGroup, email: str, **values: Any) -> Membership:
    given = {"role": None if "permissions" in values else "viewer", **values}
    return make.save(Membership(tenant_id=group.tenant_id, bill_group_id=group.id, email=email, **given))


def rows(database: Database, group: BillGroup, model: Any) -> list[Any]:
    with database.session(Scope.tenant_wide(group.tenant_id), write=False) as db:
        return list(db.scalars(select(model).order_by(model.id)))


def texts(page: Any, selector: str) -> list[str]:
    return [" ".join(found.get_text(" ").split()) for found in page.html.select(selector)]


def press(page: Any, ending: str) -> Any:
    form = next(form for form in page.forms.values() if form.action.endswith(f"/{ending}"))
    return form.submit(status=303).follow()


def edit(role: str = "own", permissions: tuple[str, ...] = (), **fields: Any) -> Callable[[Any], Any]:
    """Fill the form of rights: the role, the ticked permissions, other fields."""

    def fill(form: Any) -> Any:
        form["person-role"] = role
        for box in form.fields.get("checkbox", ()):
            if box._value in permissions:
                box.checked = True
        for name, value in fields.items():
            form[name] = value
        return form

    return fill


def services(make: Any, group: BillGroup, count: int) -> list[Any]:
    """Active services of a bill group; without the services module there is nothing to limit access to."""
    models = pytest.importorskip("riskportal_services.models")
    own = {"tenant_id": group.tenant_id}
    number = make.number()
    area = make.save(models.ServiceArea(name=f"Area {number}", **own))
    product = make.save(models.Product(area_id=area.id, name="Hosting", **own))
    return [
        make.save(
            models.Service(
                bill_group_id=group.id,
                product_id=product.id,
                name=f"Service {number + 1}",
                state="active",
                price_minor=4900,
                currency="EUR",
                cycle="monthly",
                registered_on=date(2024, 5, 12),
                **own,
            )
        )
        for number in range(count)
    ]
