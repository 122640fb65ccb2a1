# Cordée. `make help` lists what can be asked.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.cordee-setup
SDK_VENVS := $(VENV)/sdk

# Debian's bundle, where there is one: a company's own authority is in it and not in uv's.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export SSL_CERT_FILE ?= /etc/ssl/certs/ca-certificates.crt
endif

.PHONY: help setup up test test-unit check docs drill screenshots clean

help:  ## This list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## Install everything into .venv (again only when something changed)

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed ($(PYTHON) was not found)." >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed." >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m compileall -q -j 0 $(VENV)/lib shared services gateway >/dev/null || true  # some packages ship templates that are no Python
	@touch $@

up: setup  ## Run Cordée on http://127.0.0.1:8080 with embedded servers
	@exec $(BIN)/cordee up

test: setup sdk  ## Everything: style, types, import rules, and all tests on real servers
	$(MAKE) --no-print-directory check
	$(BIN)/pytest

test-unit: setup  ## Only the tests that need no servers
	$(BIN)/pytest tests/unit

check: setup  ## Ruff, mypy --strict, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

sdk: setup  ## The wandb SDKs that the tests drive, each in a venv of its own
	@$(BIN)/python tests/sdk/install.py $(SDK_VENVS)

docs: setup  ## Print the generated pages from the code
	$(BIN)/python -m gateway.cli.docs
	@for service in identity runs alerts; do \
	  CORDEE_KEY_PEPPER=x $(BIN)/faststream docs gen services.$$service.app:specification --factory --out docs/asyncapi/$$service.json; \
	done

drill: setup sdk  ## The long drills: crash matrix with many seeds
	$(BIN)/pytest -m drill --timeout 3600

clean:  ## Remove what setup and tests made; data/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info build
