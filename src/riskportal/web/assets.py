"""Static files under an address that changes with their content, so that browsers may keep them for a year."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

YEAR = 365 * 24 * 3600
# The order is the cascade's; each file names its layer.
STYLES = (
    "tokens",
    "base",
    "layout",
    "components",
    "forms",
    "data",
    "console",
    "account",
    "access",
    "mail",
    "provider",
    "print",
)
SCRIPTS = ("main",)


@dataclass
class Assets:
    """Addresses of style sheets and scripts that every page loads."""

    css: list[str] = field(default_factory=list)
    js: list[str] = field(default_factory=list)


def includeme(config: Any) -> None:
    folder = Path(__file__).parent.parent / "static"
    prefix = f"static/{digest(folder)}"
    config.add_static_view(prefix, str(folder), cache_max_age=YEAR)
    assets = Assets(
        css=[f"/{prefix}/css/{name}.css" for name in STYLES], js=[f"/{prefix}/js/{name}.js" for name in SCRIPTS]
    )
    for loaded in config.registry.portal.seam.modules:
        _module_files(config, assets, loaded.module.name, loaded.folder / "static")
    config.registry.assets = assets


def _module_files(config: Any, assets: Assets, name: str, folder: Path) -> None:
    """A module's `static/module.css` and `static/module.js` are loaded on every page when they exist."""
    if not folder.is_dir():
        return
    prefix = f"static/{name}-{digest(folder)}"
    config.add_static_view(prefix, str(folder), cache_max_age=YEAR)
    for kind, into in (("css", assets.css), ("js", assets.js)):
        if (folder / f"module.{kind}").exists():
            into.append(f"/{prefix}/module.{kind}")


def digest(folder: Path) -> str:
    """A short hash over names and contents of all files below a folder."""
    seen = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            seen.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return seen.hexdigest()[:12]
