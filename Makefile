# Every target prepares what it needs and is quick the second time.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first interpreter that is new enough; PYTHON=... overrides the search.
CANDIDATES := $(or $(PYTHON),python3.13 python3.12 python3.14 python3 python)
PYTHON_FOUND := $(shell for p in $(CANDIDATES); do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)

VENV := .venv
ENGINE := .engine
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ENGINE_READY := $(ENGINE)/.ready
# vendor/scheduled is a link to scheduled/: tools must not see the same files twice.
SOURCES := app.py chalicelib scheduled operations sandbox tools testing rehearsal tests benchmarks

.PHONY: help run test assurance check audit openapi lifecycle acceptance test-engines bench package rehearse python clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(READY) $(ENGINE_READY)  ## the whole service on this machine: API on PORT (8000), sandbox page on SANDBOX_PORT (8001)
	@exec $(BIN)/python -m sandbox

# The contract's tests all bear one name: of tests of one name, two workers would run a single one.
CONTRACT := tests/assurance/test_contract.py

test: $(READY) $(ENGINE_READY)  ## all tests, two workers with an engine each; ARGS='-k withdraw' for some, by one
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore=$(CONTRACT)
	$(BIN)/python -m pytest $(CONTRACT)
endif

assurance: $(READY) $(ENGINE_READY)  ## the long forms: contract, outside bytes, kills, storm, writers, mail, soak; half an hour
	ABTC_ASSURANCE=1 $(BIN)/python -m pytest -m assurance $(ARGS)

test-engines: $(READY) $(ENGINE_READY)  ## the tests of the table and of writers on ministack, then on dynoxide (from npm)
	$(BIN)/python -m tests.engines

check: $(READY)  ## style, types, direction of imports, drift of generated documents
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tools.openapi --check docs/openapi.json
	$(BIN)/python -m tools.lifecycle --check docs/lifecycle.md
	$(BIN)/python -m tools.acceptance --check docs/acceptance.md

audit: $(READY)  ## known weaknesses of what is pinned (asks PyPI), and bandit over what is ours
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive $(filter-out tests benchmarks,$(SOURCES))
	$(BIN)/pip-audit --strict --no-deps --disable-pip --progress-spinner off -r requirements.txt
	$(BIN)/pip-audit --strict --no-deps --disable-pip --progress-spinner off -r sandbox/requirements.txt

openapi: $(READY)  ## write docs/openapi.json from the routes
	$(BIN)/python -m tools.openapi docs/openapi.json

lifecycle: $(READY)  ## write docs/lifecycle.md from the lifecycle table
	$(BIN)/python -m tools.lifecycle docs/lifecycle.md

acceptance: $(READY)  ## write docs/acceptance.md from the markers of the tests
	$(BIN)/python -m tools.acceptance docs/acceptance.md

bench: $(READY) $(ENGINE_READY)  ## figures as ratios, into build/bench.json
	$(BIN)/python -m benchmarks

package: $(READY)  ## the Lambda zip and its SAM template for STAGE (prod) and ARCH (arm64 or x86_64), into build/
	STAGE=$(STAGE) ARCH=$(ARCH) $(BIN)/python -m tools.packaging
	$(BIN)/cfn-lint build/sam.json

rehearse: $(READY) $(ENGINE_READY)  ## the package deployed into the embedded engine, and the main job walked there
	$(BIN)/python -m rehearsal

python:
	@test -n "$(PYTHON_FOUND)" || { echo "Python 3.12 or newer is needed and none was found; name one with: make PYTHON=/path/to/python3.13 ..."; exit 1; }

$(READY): requirements.txt requirements-dev.txt | python
	@echo "Preparing $(VENV) with $(PYTHON_FOUND) ..."
	@$(PYTHON_FOUND) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(ENGINE_READY): sandbox/requirements.txt | python
	@echo "Preparing the embedded engine in $(ENGINE) ..."
	@$(PYTHON_FOUND) -m venv --clear $(ENGINE)
	@$(ENGINE)/bin/python -m pip install --quiet --disable-pip-version-check -r sandbox/requirements.txt
	@touch $@

clean:  ## remove everything that a command can make again
	rm -rf $(VENV) $(ENGINE) build .sandbox .chalice/deployments
