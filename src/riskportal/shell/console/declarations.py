"""What these pages declare."""

from __future__ import annotations

from riskportal.plug.seam import CoreDeclarations

DECLARATIONS = CoreDeclarations()
