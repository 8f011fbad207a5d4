"""Where the module meets others: panels on its pages, permissions, records that others point at, contract."""

from datetime import date

import pytest
from services_builders import TODAY, area, care_plan, milestone, product, project, service

from riskportal.contracts.records import RecordRef
from riskportal.db.guard import Scope
from riskportal.plug import Panel, hookimpl
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import set_role_permission
from riskportal_services import plugin, routes
from riskportal_services.permissions import PERMISSIONS, P


@pytest.fixture
def rows(database, tenant, bill_group):
    with database.session(Scope.bill_group(tenant.id, bill_group.id)) as db:
        thing = product(db, area(db), "Care plan Plus")
        care_plan(db, thing)
        work = project(db, area(db, "Projects"))
        return {
            "service": service(db, thing, renews_on=date(2027, 5, 12)),
            "project": work,
            "milestone": milestone(db, work, name="Launch"),
        }


@pytest.fixture
def get(testapp, signed_in, make, bill_group):
    reader = make.member(bill_group, "tess@customer.test", role="technical")

    def get(path, **kw):
        signed_in(testapp, reader)
        return testapp.get(f"/g/{bill_group.public_id}{path}", **kw)

    return get


@pytest.fixture
def without(database, tenant):
    """`without(P.SERVICE_READ)`: the tenant takes this permission from the reader's role."""

    def take(name):
        permission = next(found for found in PERMISSIONS if found.name == name)
        with database.session(Scope.tenant_wide(tenant.id)) as db:
            assert set_role_permission(db, db.get_one(Tenant, tenant.id), "technical", permission, False)

    return take


def test_panels_of_other_modules_stand_on_the_pages(monkeypatch, tmp_path, rows, request):
    template = tmp_path / "panel.jinja2"
    template.write_text("<p>Panel about {{ panel.context.kind }}</p>")

    @hookimpl
    def record_panels(ref):
        yield Panel("services.test", "Beside it", str(template), {"kind": ref.kind})

    monkeypatch.setattr(plugin, "record_panels", record_panels, raising=False)
    get = request.getfixturevalue("get")
    detail = get(f"/services/{rows['service'].public_id}")
    assert "Panel about services.service" in detail
    assert detail.html.select_one("#services-test h2").get_text() == "Beside it"
    assert "Panel about services.project" in get(f"/services/projects/{rows['project'].public_id}")


def test_without_the_permission_for_services(without, rows, get):
    without(P.SERVICE_READ)
    home = get("/")
    assert "Next renewal" not in home
    assert "Covered by" not in home
    assert "Webshop relaunch" in home
    assert "Care plan Plus" not in get("/search?q=care")
    get("/services", status=403)
    get(f"/services/{rows['service'].public_id}", status=403)
    assert get("/services/projects").html.select(".crumbs a") == []


def test_without_the_permission_for_projects(without, rows, get):
    without(P.PROJECT_READ)
    home = get("/")
    assert "Next renewal" in home
    assert "Paid milestones" not in home
    assert "Webshop relaunch" not in home
    services = get("/services")
    assert "Webshop relaunch" not in services
    assert "Projects and milestones" not in services
    assert "relaunch" not in get("/search?q=relaunch").html.select_one("main").get_text().replace("“relaunch”", "")
    get("/services/projects", status=403)


def test_record_kinds_load_and_name_their_records(db, rows):
    kinds = {kind.kind: kind for kind in plugin.record_kinds()}
    titles = {
        name: str(kinds[f"services.{name}"].title(kinds[f"services.{name}"].load(db, row.public_id)))
        for name, row in rows.items()
    }
    assert titles == {
        "service": "Care plan Plus",
        "project": "Webshop relaunch",
        "milestone": "Webshop relaunch, Launch",
    }


class Asking:
    """The part of a request that the contract's factory reads."""

    def __init__(self, db, bill_group, allowed=True):
        self.db, self.bill_group, self.today, self.allowed = db, bill_group, TODAY, allowed
        self.services_overview = routes._overview(self)

    def allows(self, permission):
        return self.allowed


def test_contract_answers_in_a_bill_group_to_those_who_may(db, bill_group, rows):
    subscriptions = routes._subscriptions(Asking(db, bill_group))
    renewal = subscriptions.next_renewal()
    assert (renewal.on, renewal.ref) == (
        date(2027, 5, 12),
        RecordRef("services.service", rows["service"].public_id),
    )
    assert routes._subscriptions(Asking(db, bill_group, allowed=False)) is None
    assert routes._subscriptions(Asking(db, None)) is None
