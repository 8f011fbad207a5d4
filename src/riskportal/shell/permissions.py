"""Permissions of the core's first pages by name."""

VIEW = "core.portal.view"
