"""Uploaded files: content in a blob store (a port), facts about it in rows."""
