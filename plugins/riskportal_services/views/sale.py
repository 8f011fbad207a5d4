"""Adding a service to a bill group, in the staff console."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from riskportal.customers.models import BillGroup
from riskportal.forms import Form, submit
from riskportal.plug import RecordRef, _
from riskportal_services.forms import sale_form
from riskportal_services.services.sale import Sale, add_service, products
from riskportal_services.views.staff import group_url


def add_page(context: Any, request: Any) -> dict[str, Any]:
    """The empty form, or what is missing before a service can be added."""
    offered = products(request.db)
    return _values(context, sale_form(request, context.record, offered) if offered else None)


def add(context: Any, request: Any) -> Any:
    """Add the service, and show the bill group with it."""
    group: BillGroup = context.record
    offered = products(request.db)
    known = {product.public_id: product for product, _area in offered}

    def accept(data: dict[str, Any]) -> Any:
        product = known[data["product"]]
        sale = Sale(
            product=product,
            name=data["name"] or product.name,
            label=data["label"] or None,
            price=data["price"],
            cycle=data["cycle"],
            state=data["state"],
            starts_on=data["starts_on"],
            term_months=int(data["term"]) if data["term"] else None,
            auto_renew=data["auto_renew"],
        )
        if add_service(request.db, group, sale, public_id=data["once"], today=request.today):
            ref = RecordRef("core.bill_group", group.public_id)
            request.audit("services.service_added", ref, bill_group_id=group.id, name=sale.name)
            request.note("good", _("{name} is added.", name=sale.name))
        return HTTPSeeOther(group_url(request, group.public_id) or request.route_path("services.desk"))

    return submit(request, sale_form(request, group, offered), accept, on_error=lambda form: _values(context, form))


def _values(context: Any, form: Form | None) -> dict[str, Any]:
    return {"form": form, "group": context.record, "ref": RecordRef("core.bill_group", context.record.public_id)}
