"""Customers, their bill groups (the scope of portal access) and the contacts of a bill group."""
