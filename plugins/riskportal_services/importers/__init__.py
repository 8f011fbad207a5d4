"""Sections of the portfolio file: service areas, products with care plans, services, projects with milestones."""

from riskportal.plug import Importer
from riskportal_services.importers.checks import check_project, check_service
from riskportal_services.importers.load import load_areas, load_products, load_projects, load_services
from riskportal_services.importers.proof import prove_areas, prove_products, prove_projects, prove_services
from riskportal_services.importers.schemas import (
    AREAS,
    PRODUCTS,
    PROJECTS,
    SERVICES,
    AreaSchema,
    ProductSchema,
    ProjectSchema,
    ServiceSchema,
)

AREA_EXAMPLE = {"ref": "care", "name": "Care", "icon": "shield", "weight": 20}
PRODUCT_EXAMPLE = {
    "ref": "care-plus",
    "area": "care",
    "name": "Care plan Plus",
    "description": "We keep the site up to date and safe.",
    "care_plan": {
        "note": "Change requests are quoted separately",
        "items": [{"kind": "updates"}, {"kind": "backups", "detail": "Daily, kept 30 days"}],
    },
}
SERVICE_EXAMPLE = {
    "ref": "northwind-care",
    "bill_group": "northwind-main",
    "product": "care-plus",
    "name": "Care plan Plus",
    "label": "northwind.example",
    "state": "active",
    "price": "360.00",
    "currency": "EUR",
    "cycle": "quarterly",
    "registered_on": "2024-05-12",
    "next_due_on": "2026-08-12",
    "renews_on": "2027-05-12",
    "term_months": 12,
}
PROJECT_EXAMPLE = {
    "ref": "northwind-relaunch",
    "bill_group": "northwind-main",
    "area": "care",
    "name": "Webshop relaunch",
    "state": "active",
    "currency": "EUR",
    "started_on": "2026-01-12",
    "milestones": [
        {
            "ref": "northwind-relaunch-1",
            "name": "Concept",
            "amount": "920.00",
            "state": "paid",
            "done_on": "2026-01-30",
            "paid_on": "2026-02-14",
        }
    ],
}

IMPORTERS = (
    Importer(AREAS, AreaSchema, load_areas, prove_areas, after=("tenants",), example=AREA_EXAMPLE),
    Importer(PRODUCTS, ProductSchema, load_products, prove_products, after=(AREAS,), example=PRODUCT_EXAMPLE),
    Importer(
        SERVICES,
        ServiceSchema,
        load_services,
        prove_services,
        after=("bill_groups", PRODUCTS),
        check=check_service,
        example=SERVICE_EXAMPLE,
    ),
    Importer(
        PROJECTS,
        ProjectSchema,
        load_projects,
        prove_projects,
        after=("bill_groups", AREAS),
        check=check_project,
        example=PROJECT_EXAMPLE,
    ),
)
