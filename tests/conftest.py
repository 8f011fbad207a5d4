"""Every fixture is public: see riskportal.testing.fixtures."""

pytest_plugins = ["riskportal.testing.fixtures"]
