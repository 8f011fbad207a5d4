"""What tests of riskportal and of anybody's modules stand on.

Put `pytest_plugins = ["riskportal.testing.fixtures"]` into the top-level conftest.py, name your
modules in a session fixture `plugins`, and every fixture of `fixtures` works on your module too:
each test that touches the database runs on SQLite and on PostgreSQL.
"""
