"""Packages come from two roots; `alembic/` travels in the wheel as `riskportal/migrations`."""

from setuptools import find_packages, setup

packages = {name: f"{root}/{name.replace('.', '/')}" for root in ("src", "plugins") for name in find_packages(root)}
packages |= {"riskportal.migrations": "alembic", "riskportal.migrations.versions": "alembic/versions"}
setup(packages=list(packages), package_dir=packages, include_package_data=False)
