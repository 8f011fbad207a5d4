"""A small provider and its customer, built row by row."""

from datetime import date

from riskportal_services.models import CarePlan, CarePlanItem, Milestone, Product, Project, Service, ServiceArea

# Where the fixture `clock` stands.
TODAY = date(2027, 4, 20)


def area(db, name="Hosting", **kw):
    return _added(db, ServiceArea(name=name, icon=kw.pop("icon", "services"), weight=kw.pop("weight", 50), **kw))


def product(db, in_area, name="Managed hosting", **kw):
    return _added(db, Product(area_id=in_area.id, name=name, **kw))


def care_plan(db, of_product, note="Change requests are quoted separately", kinds=("hosting", "updates", "backups")):
    plan = _added(db, CarePlan(product_id=of_product.id, note=note))
    for position, kind in enumerate(kinds):
        db.add(CarePlanItem(care_plan_id=plan.id, position=position, kind=kind))
    db.flush()
    return plan


def service(db, of_product, **kw):
    values = {
        "name": of_product.name,
        "label": None,
        "state": "active",
        "price_minor": 4900,
        "currency": "EUR",
        "cycle": "monthly",
        "registered_on": date(2024, 5, 12),
        **kw,
    }
    return _added(db, Service(product_id=of_product.id, **values))


def project(db, in_area, name="Webshop relaunch", **kw):
    return _added(db, Project(area_id=in_area.id, name=name, state=kw.pop("state", "active"), **kw))


def milestone(db, of_project, position=0, state="planned", **kw):
    values = {"name": f"Step {position + 1}", "amount_minor": 92000, "currency": "EUR", **kw}
    return _added(db, Milestone(project_id=of_project.id, position=position, state=state, **values))


def _added(db, row):
    db.add(row)
    db.flush()
    return row
