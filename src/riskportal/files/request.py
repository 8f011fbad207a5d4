"""`request.blobs`: the installation's blob store."""

from __future__ import annotations

from typing import Any

from riskportal.files.blobs import BlobStore

# The store; the assembly puts it into the registry.
REGISTRY_KEY = "riskportal.blobs"


def includeme(config: Any) -> None:
    """Add the request property `blobs`."""
    config.add_request_method(blobs, "blobs", property=True)


def blobs(request: Any) -> BlobStore:
    """The blob store that setting `riskportal.files` names."""
    store: BlobStore = request.registry[REGISTRY_KEY]
    return store
