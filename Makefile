# `make run` and `make test` set up everything they need.
# What is installed is in .venv, the data in ./data (DESK_DATA_DIR).

.DEFAULT_GOAL := help
.PHONY: help run dev test nightly check bench format lock setup setup-dev clean FORCE
.DELETE_ON_ERROR:

py := .venv/bin/python
step := $(py) set_up.py
pip := $(py) -m pip --disable-pip-version-check install --no-deps --no-compile
lock := .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links
# A virtual environment does not survive a move of its folder: then it is made again.
moved := $(shell [ ! -e .venv/.folder ] || [ "$$(cat .venv/.folder)" = "$$(pwd)" ] || echo FORCE)

# Compiled test files are kept: a test run rewrites and compiles all of them otherwise, per core.
unexport PYTHONDONTWRITEBYTECODE

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

run: setup ## run a desk with sample data on http://127.0.0.1:8000 (ARGS="--port 9000")
	@exec .venv/bin/service-desk up --demo $(ARGS)

dev: setup .venv/.dev ## the same for development: restarts on a change, errors in the browser
	@exec .venv/bin/service-desk up --demo --dev $(ARGS)

test: setup-dev ## run the whole test suite (ARGS="tests/test_cli.py -x")
	$(py) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

nightly: setup-dev ## run the property tests with 10,000 examples, the clocks through a year, every long call
	HYPOTHESIS_PROFILE=nightly $(py) -m pytest $(or $(ARGS),-m "hypothesis or nightly")

check: setup-dev ## check format, lint, types, import rules and migrations
	.venv/bin/ruff format --check --quiet .
	.venv/bin/ruff check --quiet .
	$(py) -m pyright
	.venv/bin/lint-imports --no-cache
	.venv/bin/service-desk migrate --check

bench: setup-dev ## run the benchmark
	$(py) -m bench $(ARGS)

format: setup-dev ## format the code
	-.venv/bin/ruff check --fix --quiet .
	.venv/bin/ruff format .

lock: setup-dev ## pin the newest versions that pyproject.toml and package.json allow
	$(py) -m pip --quiet install uv
	$(lock) --extra build -o requirements/run.txt pyproject.toml
	$(lock) --extra build --extra dev -c requirements/run.txt -o requirements/dev.txt pyproject.toml
	$(py) -c 'import subprocess, hatch_build; subprocess.run([*hatch_build.npm(), "update", "--package-lock-only"], check=True)'

setup: .venv/.run ## install what a desk needs, once

setup-dev: setup .venv/.dev .venv/.browser ## install what tests and checks need too

clean: ## remove what setup installed; the data stays
	rm -rf .venv service_desk/web/static/vendor

.venv/.run: pyproject.toml hatch_build.py package.json package-lock.json .npmrc requirements/run.txt $(moved)
	@python=; for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && { python=$$p; break; }; \
	done; \
	[ "$$python" ] || { echo "Service Desk needs Python 3.11 to 3.14 (its PostgreSQL is not packaged for others), and found none on the PATH."; exit 1; }; \
	echo "Setting up Service Desk in .venv (once, a minute or so) ..."; \
	[ -z "$(moved)" ] && $(py) -c '' 2>/dev/null || $$python -m venv --clear .venv || \
	  { echo "This Python cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(step) "Python packages" $(pip) --only-binary :all: --require-hashes -r requirements/run.txt
	@$(step) "Service Desk and what its pages load" $(pip) --no-build-isolation --editable .
	@rm -f .venv/.dev .venv/.browser; pwd > .venv/.folder; touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	@echo "Adding what the tests need ..."
	@$(step) "Python packages for tests" $(pip) --only-binary :all: --require-hashes -r requirements/dev.txt
	@touch $@

.venv/.browser: .venv/.run package-lock.json tests/browser.py
	@$(step) "A browser for tests, and TypeScript" $(py) -m tests.browser
	@touch $@
