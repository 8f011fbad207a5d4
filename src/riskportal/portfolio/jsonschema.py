"""The sections' colander schemas as JSON Schema (draft 2020-12), for documentation and editors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import colander

from riskportal.plug.declarations import Importer
from riskportal.portfolio.check import FORMAT, TENANTS

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def node_schema(node: Any) -> dict[str, Any]:
    """The JSON Schema of one node, with its title's words in `description`."""
    schema: dict[str, Any] = {}
    if isinstance(node.typ, colander.Mapping):
        schema["type"] = "object"
        schema["properties"] = {child.name: node_schema(child) for child in node.children}
        needed = [child.name for child in node.children if child.required]
        if needed:
            schema["required"] = needed
        schema["additionalProperties"] = False
    elif isinstance(node.typ, colander.Sequence):
        schema |= {"type": "array", "items": node_schema(node.children[0])}
        if getattr(node.typ, "least", 0):
            schema["minItems"] = node.typ.least
    else:
        schema |= getattr(node.typ, "json_schema", {})
    if node.description:
        schema["description"] = node.description
    if not node.required and isinstance(node.missing, str | bool | int):
        schema["default"] = node.missing
    return schema


def section_schema(importer: Importer) -> dict[str, Any]:
    """The JSON Schema of one record of a section."""
    schema = node_schema(importer.schema())
    if importer.section != TENANTS:
        schema["properties"]["tenant"] = {"type": "string", "description": "ref or host name of its tenant"}
    return schema


def file_schema(importers: Sequence[Importer]) -> dict[str, Any]:
    """The JSON Schema of a whole file."""
    sections = {i.section: {"type": "array", "items": section_schema(i)} for i in importers}
    return {
        "$schema": DRAFT,
        "title": "riskportal portfolio",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT},
            "tenant": {"type": "string", "description": "ref or host name of the tenant of records that don't say"},
            **sections,
        },
        "required": ["format"],
        "additionalProperties": False,
    }
