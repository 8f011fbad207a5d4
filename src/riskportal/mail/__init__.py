"""Outgoing mail: composed and stored in the business transaction, delivered by a job."""
