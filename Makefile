PYTHON ?= python

.DEFAULT_GOAL := help
.PHONY: help install check lint types imports test slow expected site notebooks bench wheel

help:  ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

install:  ## Install the package and everything its development needs
	$(PYTHON) -m pip install -e '.[dev]'

check: lint types imports test  ## What the gate runs first

lint:  ## Style, and formatting
	$(PYTHON) -m ruff check .

types:  ## mypy --strict
	$(PYTHON) -m mypy

imports:  ## One direction of imports
	lint-imports

test:  ## The fast tests
	$(PYTHON) -m pytest -m 'not slow'

slow:  ## The slow tests
	$(PYTHON) -m pytest -m slow

expected:  ## What every shipped scenario comes to, beside what it says; takes long
	EXPECTED=all $(PYTHON) -m pytest -m slow tests/scenario/test_shipped.py

site: export NO_MKDOCS_2_WARNING := 1
site:  ## The documentation site, in site/; needs the extra `docs`
	$(PYTHON) -m mkdocs build --strict  # --quiet would not count warnings

notebooks:  ## Execute the notebooks, and keep what they print
	$(PYTHON) notebooks/execute.py

bench:  ## The benchmarks, as ratios within one run
	$(PYTHON) -m benchmarks

wheel:  ## Build the wheel from the source distribution
	$(PYTHON) -m build
