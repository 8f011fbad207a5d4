"""Reads and writes of the services module; they take a session and plain values, never a request.

`catalogue` lists services and projects, `overview` answers what the home page asks, `search` finds
names, `terms` moves renewals on. Every figure is computed from rows when it is asked for.
"""
