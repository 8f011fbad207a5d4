"""A visitor in Chromium: notes console errors, policy violations and requests to elsewhere; judges each page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from riskportal.testing.web import read_mails

WATCH = """
window.__violations = [];
addEventListener("securitypolicyviolation", e => window.__violations.push(e.violatedDirective + " " + e.blockedURI));
"""


class Visitor:
    """One browser window with cookies of its own."""

    def __init__(
        self, browser: Any, server: Any, screens: Path, width: int, height: int, scheme: str, options: dict[str, Any]
    ) -> None:
        self.server = server
        self.name = f"{width}-{scheme}"
        self._screens = screens
        self.trouble: list[str] = []
        self.context = browser.new_context(
            base_url=server.url,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
            locale="en-GB",
            **options,
        )
        self.context.add_init_script(WATCH)
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.trouble.append(f"script error: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def close(self) -> None:
        self.context.close()

    def go(self, path: str) -> None:
        """Open an address of the portal."""
        self.page.goto(path)

    def run_jobs(self) -> None:
        """Do what the worker would do by now."""
        self.server.portal.worker().run_due()

    def link_from_mail(self, address: str) -> str:
        """The sign-in link of the newest mail to an address."""
        mails = [mail for mail in read_mails(self.server.mail) if mail["to"] == address]
        assert mails, f"no mail to {address} in {self.server.mail}"
        return re.search(r"https?://\S+/sign-in/confirm/\S+", mails[-1].get_body(("plain",)).get_content())[0]

    def code_from_mail(self, address: str) -> str:
        """The code in the newest mail to an address."""
        mails = [mail for mail in read_mails(self.server.mail) if mail["to"] == address]
        assert mails, f"no mail to {address} in {self.server.mail}"
        return re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", mails[-1].get_body(("plain",)).get_content())[0]

    def judge(self, name: str) -> None:
        """Keep a screenshot; then fail on anything that this page must not have."""
        self._screens.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self._screens / f"{name}-{self.name}.png", full_page=True, animations="disabled")
        found = [*self.trouble, *self._violations(), *self._sideways(), *self._axe()]
        self.trouble.clear()
        assert not found, f"{name} at {self.name}:\n" + "\n".join(found)

    def _violations(self) -> list[str]:
        return [f"policy violation: {text}" for text in self.page.evaluate("window.__violations || []")]

    def _sideways(self) -> list[str]:
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide <= 0:
            return []
        culprits = self.page.evaluate(
            """() => [...document.querySelectorAll("body *")]
                .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
                .slice(0, 5).map(e => e.tagName.toLowerCase() + "." + e.className)"""
        )
        return [f"scrolls sideways by {wide}px: {', '.join(culprits)}"]

    def _axe(self) -> list[str]:
        results = Axe().run(self.page).response
        return [
            f"axe {violation['impact']} {violation['id']}: {violation['help']} at {node['html'][:150]}"
            for violation in results["violations"]
            for node in violation["nodes"][:3]
        ]

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.trouble.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.server.url, "data:", "blob:", "about:", "chrome")):
            self.trouble.append(f"asks another server: {request.url}")

    def _response(self, response: Any) -> None:
        if response.status >= 400:
            self.trouble.append(f"{response.status} {response.url}")
