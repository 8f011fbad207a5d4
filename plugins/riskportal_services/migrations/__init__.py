"""Migrations of the services module: their own branch, standing on the core's first revision only."""
