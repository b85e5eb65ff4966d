# Two commands for a newcomer: `make report` and `make test`. `make help` lists the rest.
PY   ?= python3
VENV ?= .venv
BIN  := $(VENV)/bin
LOCK := requirements/lock.txt
STUDIES := data/star/plan.toml data/levensvaardigheden/plan.toml \
	data/mentoring/plan.toml data/mentoring/plan-klassen.toml \
	data/ouderbetrokkenheid/plan.toml data/ouderbetrokkenheid/plan-leerlingen.toml \
	data/extra-leestijd/plan.toml data/extra-leestijd/plan-streefniveau.toml
# Compile at install: otherwise every process would compile what it imports.
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode

.DEFAULT_GOAL := help
.PHONY: help setup report test lint unit notebooks lab proof bench coverage lock refresh clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

setup: $(VENV)/.ready  ## create .venv and install what the lock names

$(VENV)/.ready: $(LOCK) requirements/uv.txt pyproject.toml
	@echo "Setting up $(VENV): once, a few minutes at most ..."
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PY=python3.12 report")'
	@$(PY) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@echo "  the packages of $(LOCK) ..."
	@$(INSTALL) --require-hashes -r $(LOCK)
	@echo "  this package ..."
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

report: setup  ## run the studies and write their reports to reports/
	@$(foreach study,$(STUDIES),$(BIN)/workplace report $(study) --language nl --language en &&) true
	@$(BIN)/workplace voices data/stemmen
	@$(BIN)/workplace monitor
	@$(BIN)/workplace site

test: lint unit notebooks  ## lint, types, tests, documentation examples, notebooks

lint: setup  ## style, types, direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

unit: setup  ## tests and documentation examples
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -p no:nbval -n auto --dist loadfile --doctest-modules --doctest-glob=README.md tests academic_workplace README.md

notebooks: setup  ## run the notebooks and compare what they show
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile --nbval-lax --nbval-current-env notebooks

lab: setup  ## open JupyterLab
	@$(BIN)/workplace lab

proof: setup  ## run the tests that compare with outside references and write PROOF.md
	$(BIN)/python -m pytest -p no:nbval -q -m proves --proof tests

bench: setup  ## compare speed with other packages (installs them into .venv)
	@$(INSTALL) --group bench
	@$(BIN)/python benchmarks/cr2.py
	@$(BIN)/python benchmarks/resampling.py
	@$(BIN)/python benchmarks/intake.py
	@$(BIN)/python benchmarks/weighting.py
	@$(BIN)/python benchmarks/multilevel.py
	@$(BIN)/python benchmarks/imputation.py
	@$(BIN)/python benchmarks/over_time.py
	@$(BIN)/python benchmarks/synthetic.py
	@$(BIN)/python benchmarks/discontinuity.py
	@$(BIN)/python benchmarks/counting.py
	@$(BIN)/python benchmarks/report.py

coverage: setup  ## simulate the tests with few schools (25 minutes) and write benchmarks/COVERAGE.md
	@$(BIN)/python benchmarks/few_schools.py

refresh: setup  ## run the notebooks and store what they show
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace notebooks/*.ipynb

lock: setup  ## resolve the dependencies again
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" \
	  --extra notebooks --group dev pyproject.toml -o $(LOCK)
	sed -n '/^uv==/,/^[^ ]/p' $(LOCK) | sed -e '1b' -e '/^[^ ]/d' > requirements/uv.txt
	! grep -nE '://|file:' $(LOCK)

clean:  ## remove .venv and the reports
	rm -rf $(VENV) reports
