# make run: the app.  make quick: what to run while you work.  make test: every check, before you commit.
# make lint: style, types and layers alone; quick and test begin with them.
# Each sets up its own virtual environment; nothing else is needed but Python 3.11 or later.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
WORKERS ?= 2

# The tests start many programs: each would compile all sources anew where Python may not write bytecode.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal

.PHONY: run quick test lint format clean

run: $(VENV)/app.stamp
	$(BIN)/python -m sparsefool app --port $(PORT)

quick: lint
	$(PYTEST) -m "not browser and not imagenet and not program and not thorough and not figures"

test: lint
	$(PYTEST)

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip

$(VENV)/app.stamp: requirements.txt | $(BIN)/python
	$(BIN)/pip install --quiet -r requirements.txt
	touch $@

$(VENV)/test.stamp: requirements-test.txt requirements-cluster.txt requirements.txt | $(BIN)/python
	$(BIN)/pip install --quiet -r requirements-test.txt
	touch $@ $(VENV)/app.stamp

clean:
	rm -rf $(VENV)
