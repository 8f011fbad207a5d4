"""Tenants: the provider's brand and legal entity, found by host name, with its settings and module switches."""
