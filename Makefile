# `make` or `make help` lists the targets.
#   PYTHON=/path/to/python3.13   the interpreter for .venv (default: the first one found, 3.12 or newer)
#   PYTEST_ARGS='-k ratio'       extra arguments for pytest
#   NOTEBOOKS=notebooks/03*.ipynb  the notebooks that `make notebooks` runs (default: all)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test quick lint notebooks docs clean
export PYTHON

PYTEST = .venv/bin/python -m pytest -n auto --dist loadfile --no-loadscope-reorder
SETUP := pyproject.toml constraints.txt scripts/setup.sh

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1\t/p' Makefile

demo: .venv/.installed  ## set up and run the whole story on simulated data
	.venv/bin/bayes-ddm demo --overwrite
	@echo "to type bayes-ddm in this terminal: . .venv/bin/activate"

test: lint  ## set up for development and run ruff, mypy and pytest
	$(PYTEST) $(PYTEST_ARGS)

quick: lint  ## the same without the tests that sample or take long
	$(PYTEST) -m "not samples and not slow" $(PYTEST_ARGS)

lint: .venv/.installed-dev  ## ruff, the order of imports, and mypy alone
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/lint-imports --no-logo
	.venv/bin/mypy

NOTEBOOKS = notebooks/*.ipynb

notebooks: .venv/.installed-dev  ## run the notebooks and sync them with their texts; the newer of a pair wins
	.venv/bin/jupytext --quiet --sync notebooks/*.ipynb notebooks/text/*.md
	.venv/bin/python scripts/run_notebooks.py $(NOTEBOOKS)
	.venv/bin/jupytext --quiet --sync notebooks/*.ipynb

docs: .venv/.installed-docs  ## build the site into build/docs; a warning is an error
	.venv/bin/sphinx-build -W --keep-going -q -j auto -d build/doctrees docs build/docs
	@echo "open build/docs/index.html"

clean:  ## remove .venv, builds and caches
	rm -rf .venv build dist docs/generated docs/notebooks *.egg-info htmlcov .coverage .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed: $(SETUP)
	sh scripts/setup.sh

.venv/.installed-dev: $(SETUP)
	sh scripts/setup.sh dev

.venv/.installed-docs: $(SETUP)
	sh scripts/setup.sh docs
