# demo   sets everything up and checks the example workspace
# test   sets everything up and runs every check: linters, types, tests, real editors
# quick  the tests without VS Code and without downloaded projects, for use between edits
# lint   ruff, mypy and pyright
# bench  the benchmark (tests/bench/README.md)
# ends   the tests with the oldest and the newest dependencies

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test quick lint bench ends editors clean

demo: $(VENV)/ready
	$(BIN)/tidegate check references/examples/orders --fail-on never

test: $(VENV)/ready-dev editors lint
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not editor"
	$(BIN)/python -m pytest -m editor

quick: $(VENV)/ready-dev
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not editor and not corpus"

lint: $(VENV)/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright

bench: $(VENV)/ready-dev
	$(BIN)/python -m tests.bench.bench

# The oldest and newest dependencies that are allowed, with and without the compiled SQL parser.
ends: $(VENV)/ready-dev
	$(BIN)/python -m tests.tools.ends

editors: $(VENV)/ready-dev
	sh tests/editors/setup.sh

$(VENV)/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tidegate needs Python 3.11 or newer: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) "pip>=25.1,<27"
	$(PIP) --editable .
	touch $@

$(VENV)/ready-dev: $(VENV)/ready
	$(PIP) --group dev
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
