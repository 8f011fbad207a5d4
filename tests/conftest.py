"""Every fixture is public: see riskportal.testing.fixtures."""

from hypothesis import settings

pytest_plugins = ["riskportal.testing.fixtures"]

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("riskportal", deadline=None)
settings.load_profile("riskportal")
