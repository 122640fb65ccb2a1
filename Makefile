# Cordée. `make help` lists what can be asked.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.cordee-setup
WEB := gateway/static/index.html
WEB_SOURCES := $(shell find gateway/web -path gateway/web/node_modules -prune -o -type f -print)
SDK_VENVS := $(VENV)/sdk
SUPPLY := $(VENV)/supply
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
# On two cores, three tests at a time and a browser's beside them leave nothing idle. Files are dealt
# out in their order: the many quick ones of tests/unit come last and even out the workers. A container
# may have fewer cores than it sees.
CORES := $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ $$n -lt 4 ] || n=4; echo $$n)
WORKERS ?= $(shell expr $(CORES) + 1)
WEB_WORKERS ?= 1

# Debian's bundle, where there is one: a company's own authority is in it and not in uv's.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export SSL_CERT_FILE ?= /etc/ssl/certs/ca-certificates.crt
endif

# Compiled modules are kept, or every process that a test starts would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup web web-check up test test-unit check docs lock drill sbom audit mutation screenshots clean

help:  ## This list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) $(WEB)  ## Install everything into .venv and build the web UI (again only when something changed)

web: $(STAMP)  ## Build the web UI
	@gateway/web/build

$(WEB): $(STAMP) $(WEB_SOURCES)
	@gateway/web/build

web-check: $(STAMP) $(WEB)  ## The web UI's own checks: tsc, eslint, vitest
	@gateway/web/build check

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed ($(PYTHON) was not found)." >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed." >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib shared services gateway >/dev/null || true  # some packages ship templates that are no Python
	@touch $@

up: setup  ## Run Cordée on http://127.0.0.1:8080 with embedded servers
	@exec $(BIN)/cordee up

test: $(STAMP)  ## Everything: style, types, import rules, and all tests on real servers
	$(MAKE) --no-print-directory -j 3 --output-sync setup sdk check web-check
	@mkdir -p build
	@trap 'kill $$web' INT TERM; \
	$(BIN)/pytest -n $(WEB_WORKERS) --dist loadfile tests/web >build/web-tests.log 2>&1 & web=$$!; \
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore tests/web; failed=$$?; \
	wait $$web || failed=1; cat build/web-tests.log; exit $$failed  # apart: Playwright keeps an event loop in its process

test-unit: setup  ## Only the tests that need no servers
	$(BIN)/pytest tests/unit

check: setup  ## Ruff, mypy --strict, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

sdk: $(STAMP)  ## The wandb SDKs that the tests drive, each in a venv of its own
	@$(BIN)/python tests/sdk/install.py $(SDK_VENVS)

docs: setup  ## Print the generated pages from the code
	$(BIN)/python -m gateway.cli.docs
	$(BIN)/python -m tests.sdk.coverage
	@for service in identity runs alerts; do \
	  CORDEE_KEY_PEPPER=x $(BIN)/faststream docs gen services.$$service.app:specification --factory --out docs/asyncapi/$$service.json; \
	  $(BIN)/python -m json.tool --sort-keys --no-ensure-ascii docs/asyncapi/$$service.json docs/asyncapi/$$service.sorted; \
	  mv docs/asyncapi/$$service.sorted docs/asyncapi/$$service.json; \
	done

lock: $(STAMP)  ## Write both locks from pyproject.toml, keeping the versions that still fit
	$(COMPILE) pyproject.toml --extra dev -o requirements.lock
	$(COMPILE) --group supply -c requirements.lock -o supply.lock

drill: setup sdk  ## The long drills: crash matrix with many seeds, generated requests, poison
	$(BIN)/pytest -m drill --timeout 3600

$(SUPPLY)/.installed: supply.lock
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed ($(PYTHON) was not found)." >&2; exit 2; }
	@test -x $(SUPPLY)/bin/python || $(PYTHON) -m venv $(SUPPLY)
	@$(BIN)/uv pip install --quiet --python $(SUPPLY)/bin/python --require-hashes -r supply.lock
	@touch $@

mutation: setup  ## Whether the tests notice mistakes where they would be holes: see docs/mutation.md
	$(BIN)/python -m tests.mutation

sbom: $(STAMP) $(SUPPLY)/.installed  ## What Cordée is made of, as CycloneDX, in build/cordee.cdx.json
	@mkdir -p build
	@PYTHONWARNINGS=ignore $(SUPPLY)/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
	  --output-reproducible --output-format JSON --output-file build/cordee.cdx.json
	@echo "build/cordee.cdx.json"

audit: $(STAMP) $(SUPPLY)/.installed  ## Ask what is known against the locked dependencies; fails on findings alone
	@$(BIN)/python deploy/audit $(SUPPLY)/bin/pip-audit requirements.lock

screenshots: setup sdk  ## Pictures of every page, light and dark, wide and narrow, in build/screenshots
	$(BIN)/python -m tests.web.screenshots build/screenshots

clean:  ## Remove what setup and tests made; data/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info build gateway/static gateway/web/node_modules
