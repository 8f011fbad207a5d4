"""Thin views: read the request, call a service, answer. Each POST ends in a redirect."""
