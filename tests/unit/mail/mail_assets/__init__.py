"""Mail templates of the tests."""
