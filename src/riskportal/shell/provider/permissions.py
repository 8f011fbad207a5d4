"""Permissions of the provider's settings by name."""

from __future__ import annotations

from enum import StrEnum


class P(StrEnum):
    """All of the area "staff"."""

    SETTING_READ = "core.setting.read"
    BRAND_WRITE = "core.brand.write"
    HOST_WRITE = "core.host.write"
    MODULE_WRITE = "core.module.write"
    SETTING_WRITE = "core.setting.write"
    TEAM_READ = "core.team.read"
    TEAM_WRITE = "core.team.write"
    ROLE_WRITE = "core.role.write"
    AUDIT_READ = "core.audit.read"
    AUDIT_EXPORT = "core.audit.export"
