# The commands of this repository. `make run` and `make test` are all that a newcomer needs.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Most tests wait for a server or a terminal: four at a time leave two processors something to do.
WORKERS ?= 4
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run test test-long lint types unit bench compare screenshots wheel system clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 14

$(VENV)/run.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/dev.stamp: pyproject.toml $(VENV)/run.stamp
	$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/pip install --quiet --group dev
	touch $@

run: $(VENV)/run.stamp ## open the practice mailbox
	@$(BIN)/tui-mail demo

system: ## the Debian packages that the tests need
	@tests/system-packages

test: $(VENV)/dev.stamp system lint types unit ## everything, in under ten minutes

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(VENV)/dev.stamp
	$(BIN)/mypy

unit: $(VENV)/dev.stamp
	$(BIN)/pytest -m "not long" -rs -n $(WORKERS) --dist worksteal

test-long: $(VENV)/dev.stamp system ## soaks, hundreds of kills, a store of a million items
	$(BIN)/pytest -m long -rs

bench: $(VENV)/dev.stamp ## measure against neomutt, aerc and mbsync; prints a table
	$(BIN)/python -m bench

compare: $(VENV)/dev.stamp ## read foreign mail (or DIR=…) beside five other parsers
	$(BIN)/python -m bench.foreign $(DIR)

screenshots: $(VENV)/dev.stamp ## draw screenshots/ anew from the practice mailbox
	$(BIN)/python screenshots/draw.py

wheel: $(VENV)/dev.stamp ## build the wheel and try it in an environment of its own
	tests/try-wheel

clean: ## remove what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .hypothesis
