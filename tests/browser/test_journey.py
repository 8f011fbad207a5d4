"""From the address field to the paper invoice, as a customer walks it."""

from __future__ import annotations

import io

import pypdf
import pytest
from playwright.sync_api import expect

MARA = "mara@northwind.example"
SIZES = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]


def sign_in(visitor, address=MARA):
    """The whole way: address, mail, link, button."""
    visitor.go("/sign-in")
    field = visitor.page.get_by_label("E-mail address")
    field.fill(address)
    field.press("Enter")
    visitor.page.wait_for_url("**/sign-in/check")
    visitor.run_jobs()
    visitor.go(visitor.link_from_mail(address))
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.page.wait_for_url("**/g/**")


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_sign_in_home_invoice_pdf(visit, width, scheme):
    visitor = visit(width=width, scheme=scheme)
    page = visitor.page

    visitor.go("/sign-in")
    visitor.judge("1-sign-in")
    page.get_by_label("E-mail address").fill(MARA)
    page.get_by_role("button", name="Send the link").click()
    page.wait_for_url("**/sign-in/check")
    visitor.judge("2-look-into-your-mail")
    visitor.run_jobs()
    visitor.go(visitor.link_from_mail(MARA))
    visitor.judge("3-confirm")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/g/**")
    expect(page.locator("main")).to_contain_text("€1,280.00")
    visitor.judge("4-home")

    page.locator("main").get_by_role("link").filter(has_text="€1,280.00").first.click()
    page.wait_for_url("**/billing/**")
    visitor.judge("5-invoices")
    page.locator("main table a, main li a").first.click()
    page.wait_for_url("**/billing/invoices/*")
    visitor.judge("6-invoice")
    number = page.locator("h1").inner_text().split()[-1]

    with page.expect_download() as download:
        page.get_by_role("link", name="Download PDF").first.click()
    paper = pypdf.PdfReader(io.BytesIO(download.value.path().read_bytes()))
    assert number in paper.pages[0].extract_text()
    assert visitor.trouble == []


def test_signing_in_from_another_machine_without_https(in_the_network):
    """Browsers say less about where a form comes from when they can't trust the connection."""
    page = in_the_network.page
    sign_in(in_the_network)
    expect(page.locator("main")).to_contain_text("€1,280.00")
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/sign-in")


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_every_page_of_the_navigation(visit, width, scheme):
    """What the navigation offers, and one step deeper on each page, is clean at every size."""
    visitor = visit(width=width, scheme=scheme)
    sign_in(visitor)
    hrefs = "links => links.map(link => link.getAttribute('href'))"
    entries = visitor.page.locator("nav a").evaluate_all(hrefs)
    pages = list(dict.fromkeys(path for path in entries if path.startswith("/g/")))
    assert len(pages) >= 4, pages
    for path in pages:
        name = path.strip("/").split("/", 2)[2:]
        visitor.go(path)
        visitor.judge("nav-" + (name[0].replace("/", "-") if name else "home"))
        deeper = [link.split("?")[0] for link in visitor.page.locator("main a[href^='/g/']").evaluate_all(hrefs)]
        deeper = [link for link in deeper if name and link.startswith(path + "/") and ".pdf" not in link]
        if deeper:
            visitor.go(deeper[-1])
            visitor.judge(f"nav-{name[0].replace('/', '-')}-deeper")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_search_styleguide_and_errors(visit, width, scheme):
    visitor = visit(width=width, scheme=scheme)
    sign_in(visitor)
    home = visitor.page.url
    for name, address in (("search", f"{home}search?q=care"), ("search-empty", f"{home}search?q=zzzz")):
        visitor.go(address)
        visitor.judge(name)
    visitor.go("/styleguide")
    visitor.judge("styleguide")
    visitor.go("/no-such-page")
    assert [line[:3] for line in visitor.trouble if "favicon" not in line][:1]
    visitor.trouble.clear()
    visitor.judge("error-404")


def test_the_judge_sees_what_is_wrong(visit):
    """All other tests of this folder lean on it: it must notice each kind of trouble."""
    visitor = visit()
    visitor.go("/sign-in")
    visitor.page.evaluate(
        """() => {
            const main = document.querySelector("main");
            const picture = document.createElement("img");
            picture.src = "http://elsewhere.invalid/pixel.png";
            const wide = document.createElement("div");
            wide.textContent = "x".repeat(3000);
            wide.setAttribute("style", "color: red");
            main.append(picture, wide);
        }"""
    )
    with pytest.raises(AssertionError) as caught:
        visitor.judge("canary")
    for what in ("violation: img-src", "violation: style-src", "console error", "sideways", "image-alt"):
        assert what in str(caught.value)


def test_without_script_everything_still_works(visit):
    visitor = visit(java_script_enabled=False)
    sign_in(visitor)
    visitor.page.locator("main").get_by_role("link").filter(has_text="€1,280.00").first.click()
    visitor.page.wait_for_url("**/billing/**")
    expect(visitor.page.locator("main")).to_contain_text("€920.00")


def test_by_keyboard_alone(visit):
    """The first stop skips to the content; every stop can be seen."""
    visitor = visit()
    sign_in(visitor)
    page = visitor.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')").startswith("#")
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const stop = document.activeElement, style = getComputedStyle(stop);
                const box = stop.getBoundingClientRect();
                const shown = style.outlineStyle !== "none" || style.boxShadow !== "none";
                return stop === document.body || (box.width > 0 && shown);
            }"""
        )
        assert seen, page.evaluate("document.activeElement.outerHTML")


def test_german_throughout(visit):
    visitor = visit()
    sign_in(visitor)
    visitor.page.get_by_label("Language: English").click()
    visitor.page.get_by_role("button", name="Deutsch").first.click()
    expect(visitor.page.locator("html")).to_have_attribute("lang", "de")
    expect(visitor.page.locator("main")).to_contain_text("1.280,00")
    visitor.judge("german-home")
    visitor.page.set_viewport_size({"width": 360, "height": 800})
    visitor.judge("german-home-360")


def test_at_320_pixels_and_large_text(visit):
    """WCAG 1.4.10: 320 CSS pixels wide without sideways scroll."""
    visitor = visit(width=320)
    sign_in(visitor)
    visitor.judge("narrow-home")
