"""Pages and home contributions of billing."""
