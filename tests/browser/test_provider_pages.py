"""The provider's settings in Chromium: every page judged, the live preview of the colour, the team by keyboard."""

from __future__ import annotations

import pytest
from doors import user_of
from playwright.sync_api import expect

from riskportal.db.guard import Scope
from riskportal.demo.users import DEMO_STAFF
from riskportal.identity.sessions import open_session
from riskportal.tenancy.brand import contrast, ink_for

SAM, NOOR = DEMO_STAFF[0].email, DEMO_STAFF[1].email
PAGES = {
    "settings": "/staff/settings",
    "brand": "/staff/brand",
    "contact": "/staff/brand/contact",
    "company": "/staff/brand/company",
    "hosts": "/staff/settings/hosts",
    "address": "/staff/settings/address",
    "modules": "/staff/settings/modules",
    "module": "/staff/settings/modules/billing",
    "module-settings": "/staff/settings/of/core",
    "team": "/staff/team",
    "team-add": "/staff/team/add",
    "member": "/staff/team/{noor}",
    "member-role": "/staff/team/{noor}/role",
    "member-remove": "/staff/team/{noor}/remove",
    "roles": "/staff/roles",
    "roles-portal": "/staff/roles?area=portal",
    "role": "/staff/roles/staff/support",
    "audit": "/staff/audit",
    "audit-nothing": "/staff/audit?who=nobody",
}


@pytest.fixture
def office(visit, loaded_demo):
    """`office(width=360)`: Sam, the demo's owner, in the console."""

    def enter(**options):
        visitor = visit(**options)
        user = user_of(loaded_demo, SAM)
        with loaded_demo.database.session(Scope.tenant_wide(user.tenant_id)) as db:
            now = loaded_demo.clock.now()
            _row, token = open_session(db, user, "staff", now, loaded_demo.session_lifetime, None, "Firefox Linux")
        visitor.context.add_cookies([{"name": "rp_staff", "value": token, "url": visitor.server.url}])
        return visitor

    return enter


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_every_page(office, loaded_demo, width, scheme):
    visitor = office(width=width, scheme=scheme)
    noor = user_of(loaded_demo, NOOR).public_id
    for name, path in PAGES.items():
        visitor.go(path.format(noor=noor))
        visitor.judge(f"provider-{name}")


def test_the_colour_is_shown_while_typing(office):
    visitor = office()
    page = visitor.page
    visitor.go("/staff/brand")
    field, says = page.get_by_label("Accent colour"), page.locator("[data-accent-says]")
    for accent in ("#7a1fa2", "#0B5D57", "#a0271d", "#808080", "#ff6600"):
        field.fill(accent)
        ratios = [contrast(accent.lower(), other) for other in ("#ffffff", ink_for(accent.lower()))]
        if ratios[0] >= 3:
            expect(says).to_have_text(
                "Contrast with a white page {:.1f}:1, of the text on it {:.1f}:1.".format(*ratios)
            )
        shown = page.locator(".sample .btn.primary").first.evaluate("e => getComputedStyle(e).backgroundColor")
        assert shown == "rgb({}, {}, {})".format(*(int(accent[at : at + 2], 16) for at in (1, 3, 5)))
        assert page.get_by_label("Pick a colour").input_value() == accent.lower()
    field.fill("#ffee00")
    expect(says).to_contain_text("Too pale")
    field.fill("blue")
    expect(says).to_contain_text("# and six digits")
    page.get_by_label("Pick a colour").fill("#123456")
    expect(field).to_have_value("#123456")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert (
        page.locator(".btn.primary").first.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(18, 52, 86)"
    )
    visitor.judge("provider-brand-saved")


def test_mistakes_take_the_focus(office):
    visitor = office(width=360)
    page = visitor.page
    visitor.go("/staff/team/add")
    page.get_by_role("button", name="Add and send the link").click()
    expect(page.locator("[data-errors]")).to_be_focused()
    visitor.trouble.clear()  # the answer's status, 400, is what was wanted
    visitor.judge("provider-team-add-wrong")
    page.get_by_label("E-mail address").fill("jo@riskito.example")
    page.get_by_label("Name", exact=True).fill("Jo Brandt")
    page.get_by_label("Support").check()
    page.get_by_role("button", name="Add and send the link").click()
    expect(page.get_by_text("Not set up yet")).to_be_visible()
    visitor.judge("provider-team-added")


def test_the_log_downloads(office, tmp_path):
    visitor = office()
    visitor.go("/staff/audit")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Export as CSV").click()
    assert download.value.suggested_filename.startswith("audit-")
    download.value.save_as(tmp_path / "log.csv")
    assert (tmp_path / "log.csv").read_bytes().startswith(b"\xef\xbb\xbfTime,Who,")
