# Two commands for a new user: `make demo` and `make test`. Both do all set-up; a second run re-uses what is there.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first Python here that is new enough.
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$p; break; }; done)
endif
BIN := .venv/bin
STAMPS := var/.stamp
ASTERISK := var/asterisk/root
PACKAGES := $(PYTHON):venv=python3-venv sipp=sip-tester espeak-ng=espeak-ng dot=graphviz ffmpeg=ffmpeg \
	/usr/lib/postgresql/*/bin/initdb=postgresql debootstrap=debootstrap \
	/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf=fonts-ipaexfont-gothic

.PHONY: help
help: ## what can be made
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s%s\n", $$1, $$2 }'

.PHONY: demo
demo: setup ## see it work: a real call on a real Asterisk (ONCE=1: stop by itself)
	@$(BIN)/smartdesk demo $(if $(ONCE),--once)

.PHONY: month
month: packages $(STAMPS)/venv ## see the business: a month of 50 subscribers in skipped time, closed, billed, paid (SEED=n)
	@$(BIN)/smartdesk demo --month $(if $(SEED),--seed $(SEED))

.PHONY: bench
bench: setup ## measure it: calls, delays, memory, ledger, with bars (QUICK=1: under 2 minutes; ONLY=part)
	@$(BIN)/smartdesk bench $(if $(QUICK),--quick) $(foreach part,$(ONLY),--only $(part))

.PHONY: test
test: setup ## all tests, real Asterisk and PostgreSQL included (ARGS=…: passed to pytest)
	@SMARTDESK_NO_SKIP=1 $(BIN)/pytest -q $(ARGS)

.PHONY: lint
lint: setup ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/mypy

FLOWS := reception shop clinic property direct-transfer temporary-closure

.PHONY: pictures
pictures: packages $(STAMPS)/venv ## draw docs/pictures anew, from the flows as they are
	@$(BIN)/smartdesk flow show docs/pictures/first.yaml --format svg --language en -o docs/pictures/first.svg
	@for flow in $(FLOWS); do \
		$(BIN)/smartdesk flow show dialplans/flows/$$flow.yaml --format svg --language en -o docs/pictures/$$flow.svg; \
		$(BIN)/smartdesk flow show dialplans/flows/$$flow.yaml --format svg --language ja -o docs/pictures/$$flow.ja.svg; \
	done

.PHONY: setup
setup: packages $(STAMPS)/venv asterisk ## everything that demo and test need

.PHONY: packages
packages:
	@$(if $(PYTHON),,echo "no Python 3.11 or newer on this machine: apt-get install python3" >&2; exit 1)
	@asterisk-conf/get-packages.sh var/log/packages.log $(PACKAGES)

# Exact versions, each checked against its hash; the product itself in editable form.
$(STAMPS)/venv: requirements.lock pyproject.toml | packages
	@echo "python: $$($(PYTHON) -V 2>&1 | cut -d' ' -f2), virtual environment in .venv"
	@[[ -x $(BIN)/python ]] && $(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --disable-pip-version-check -qq \
		--require-hashes -r requirements.lock \
		|| { echo "python: the packages of requirements.lock cannot be installed; pip says why above" >&2; exit 1; }
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@mkdir -p $(@D) && touch $@

.PHONY: asterisk
asterisk: | packages ## Asterisk 22.4 or newer: the host's own, else unpacked under var/
	@asterisk-conf/get-asterisk.sh $(ASTERISK)

.PHONY: lock
lock: $(STAMPS)/venv ## choose the versions anew (requirements.lock)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-header --no-annotate --extra dev --extra plots --extra bench --extra tts pyproject.toml -o requirements.lock

.PHONY: clean
clean: ## remove what can be made again; ledgers, recordings and the unpacked Asterisk stay
	@rm -rf .venv $(STAMPS) var/log var/junit.xml .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
	@find smartdesk_pbx tests migrations -name __pycache__ -prune -exec rm -rf {} +
