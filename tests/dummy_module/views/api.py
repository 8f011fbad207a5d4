"""The JSON API."""

from __future__ import annotations

from typing import Any

from dummy_module import services


def export(context: Any, request: Any) -> dict[str, Any]:
    """Notes of the whole tenant."""
    return {"notes": [{"id": note.public_id, "text": note.text} for note in services.notes(request.db)]}
