"""Migrations of the notebook."""
