"""docs/settings.md says what settings.py reads, key by key."""

from __future__ import annotations

import re
from pathlib import Path

from riskportal.settings import OPTIONS

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
ROW = re.compile(r"^\| `riskportal\.(\w+)` \| (.*?) \| (.*) \|$", re.MULTILINE)


def test_every_option_stands_in_the_docs_with_its_default_and_help() -> None:
    documented = {key: (default, text) for key, default, text in ROW.findall(PAGE.read_text())}
    assert documented == {
        option.key: ("required" if option.default is None else option.default and f"`{option.default}`", option.help)
        for option in OPTIONS
    }
