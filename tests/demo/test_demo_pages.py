"""The demo through the front door: the figures of DESIGN stand on the home page."""

from __future__ import annotations


def home_of(browser):
    return browser.get("/").maybe_follow()


def test_home_shows_the_headline_figures(demo_visit):
    page = home_of(demo_visit("mara@northwind.example"))
    text = " ".join(page.html.main.text.split())
    for figure in ("€1,280.00", "12 May", "7 of 9 milestones"):
        assert figure in text, figure
