"""The staff console: home, search, customers, bill groups, users."""
