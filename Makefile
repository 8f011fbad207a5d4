# riskportal: everything a checkout can do. `make help` lists it.
# Python 3.11 or newer is all that must be there; PYTHON=/path/to/python3.12 chooses another one.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INI ?= development.ini

INSTALL_INPUTS := setup.py setup.cfg pyproject.toml $(wildcard plugins/*/__init__.py)
PIP := $(BIN)/python -m pip -qq --no-input --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest
STRICT := src/riskportal/plug src/riskportal/contracts src/riskportal/db \
	$(wildcard src/riskportal/*/services.py src/riskportal/*/services plugins/*/services.py plugins/*/services)
SOURCES := $(wildcard src plugins tests alembic bench setup.py)
TEMPLATES := $(wildcard src plugins)

.DEFAULT_GOAL := help
.PHONY: help run install dev system test quick sure lint types format architecture browser lock i18n bench migration clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install ## install and start the demo portal on http://127.0.0.1:6543 (PORT, HOST)
	@exec $(BIN)/riskportal -c $(INI) demo

install: $(VENV)/.installed ## the virtual environment with the locked run-time packages
dev: $(VENV)/.developing ## the same with the tools that tests need

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "riskportal needs Python 3.11 or newer, and '$(PYTHON)' is older or absent. Name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python can't make virtual environments. On Debian and Ubuntu install the package python3-venv." >&2; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock $(INSTALL_INPUTS) | $(VENV)/bin/python
	@echo "Installing the locked packages into $(VENV) (a minute or two the first time) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.developing: requirements-dev.lock $(VENV)/.installed
	@echo "Installing the test tools into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

system: ## Chromium and PostgreSQL for the tests (installs them as root on Debian, else says what is missing)
	@.ci/system

test: dev system ## everything: format, lint, types, templates, and all tests on SQLite, PostgreSQL and in Chromium
	@$(MAKE) --no-print-directory lint types
	$(PYTEST) -n 2 --dist loadgroup

quick: dev ## the tests without browser, PostgreSQL and slow ones
	$(PYTEST) -n 2 --dist loadgroup -m "not browser and not postgres and not slow"

sure: test ## what must be green before a commit (the same as test)

lint: dev ## format check, ruff, djlint
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/djlint --quiet --lint --extension=jinja2 $(TEMPLATES)

types: dev ## mypy, strict, on the seam, the contracts, the database and all services
	$(BIN)/mypy --follow-imports=silent $(STRICT)

format: dev ## bring all Python files into shape
	$(BIN)/ruff check --quiet --fix-only $(SOURCES)
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check $(SOURCES)

architecture: dev ## only the tests of the house rules
	$(PYTEST) tests/architecture

browser: dev ## only the journeys in Chromium; screenshots land in var/screens
	$(PYTEST) -m browser

bench: dev ## CPU per page against a bare page, portal and console, and of deciding permissions, on both databases
	$(BIN)/python -m bench.access
	$(BIN)/python -m bench.pages
	$(BIN)/python -m bench.console

i18n: dev ## bring the German catalogues up to date with the sources
	$(BIN)/python -m riskportal.testing.catalogues update

migration: dev ## a new revision from the models: make migration BRANCH=billing MESSAGE="what changes"
	@test -n "$(BRANCH)" -a -n "$(MESSAGE)" || { echo 'Say: make migration BRANCH=billing MESSAGE="what changes"' >&2; exit 1; }
	$(BIN)/alembic -c $(INI) upgrade heads
	$(BIN)/alembic -c $(INI) revision --autogenerate --head $(BRANCH)@head -m "$(MESSAGE)"

lock: dev ## renew both lock files within the limits of setup.cfg
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	  --upgrade --output-file requirements.lock setup.cfg
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	  --extra dev --constraint requirements.lock --output-file requirements-dev.lock setup.cfg

clean: ## remove what was built (keeps var/, where the data lies)
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info src/*.egg-info
