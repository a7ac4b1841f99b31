# Everything a person does with this repository. `make help` lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTEST := .venv/bin/pytest
# Something in web/ that is newer than the built dashboard. Folders count too, for a file that was deleted, but web/ itself
# does not: tools put short-lived files there.
WEB_CHANGE := $(shell find web -path web/node_modules -prune -o ! -path web -newer belvedere/dashboard/.stamp -print 2>/dev/null | head -n 1)

.PHONY: help setup demo up check test mutants bench live client docs clean web-changed

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

.venv/.stamp: pyproject.toml uv.lock
	@scripts/uv sync --locked --quiet --compile-bytecode
	@.venv/bin/python -m compileall -q belvedere
	@touch $@

web/node_modules/.stamp: web/package-lock.json .venv/.stamp
	@cd web && ../scripts/npm ci --no-audit --no-fund --loglevel=error
	@touch $@

belvedere/dashboard/.stamp: web/node_modules/.stamp $(if $(WEB_CHANGE),web-changed)
	@cd web && ../scripts/npm run --silent build
	@touch $@

setup: .venv/.stamp belvedere/dashboard/.stamp ## Install what is needed and build the dashboard

demo: setup ## A living cold store in your browser: simulated devices and cameras, real everything else
	@exec .venv/bin/belvedere demo $(ARGS)

up: setup ## Run the server on your own data folder
	@exec .venv/bin/belvedere up $(ARGS)

check: .venv/.stamp web/node_modules/.stamp ## Linters, types, import rules, schema and generated client
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	scripts/client --check
	cd web && ../scripts/npm run --silent check

test: setup ## All tests; installs the Debian packages they need when it can (ARGS="-k alert" for some of pytest's)
	scripts/test-packages
	@.venv/bin/python scripts/test $(ARGS)

mutants: setup ## Break pure modules on purpose, print what their tests did not notice (ARGS="poll tiers")
	@.venv/bin/python scripts/mutants $(ARGS)

bench: setup ## Figures side by side with the named peers (ARGS="--quick ingest poll")
	scripts/test-packages
	.venv/bin/python -m bench $(ARGS)

live: setup ## The whole program from outside, with 50 kills (ARGS="--kills 500" for more)
	$(PYTEST) -m "live or faults or cluster" --kills 50 $(ARGS)
	@.venv/bin/python scripts/on-mariadb
	@.venv/bin/python scripts/on-cluster

client: .venv/.stamp web/node_modules/.stamp ## Write the OpenAPI schema and the dashboard's types anew
	scripts/client

docs: .venv/.stamp ## Check that the documents say what the program does
	$(PYTEST) tests/test_docs.py

clean: ## Remove what was installed and built
	rm -rf .venv .uv web/node_modules belvedere/dashboard
