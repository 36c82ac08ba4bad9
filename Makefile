# Every target prepares the environments it needs, once; later calls start at once.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first interpreter that is new enough; PYTHON=... overrides the search.
CANDIDATES := $(or $(PYTHON),python3.13 python3.12 python3.14 python3 python)
PYTHON_FOUND := $(shell for p in $(CANDIDATES); do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)

VENV := .venv
ENGINE := .engine
NODE := .node
BIN := $(VENV)/bin
# Stamp files: .venv has what `make run` needs, .venv has the development tools too, .engine is complete.
READY := $(VENV)/.ready
DEV_READY := $(VENV)/.ready-dev
ENGINE_READY := $(ENGINE)/.ready
# .node has Node.js and npm; web/node_modules has what builds the pages, or its tools too; web/dist is newer than its sources.
NODE_READY := $(NODE)/.ready
NPM_READY := web/node_modules/.ready
NPM_DEV_READY := web/node_modules/.ready-dev
PAGES_READY := web/dist/.ready
PAGES := $(shell find web/src web/public -type f 2>/dev/null) $(wildcard web/*.ts web/*.html web/package.json)
NPM := cd web && PATH="$(CURDIR)/$(NODE)/bin:$$PATH" npm --loglevel=error
PREPARE := $(PYTHON_FOUND) -m tools.environments
# vendor/scheduled is a link to scheduled/: tools must not see the same files twice.
SOURCES := app.py chalicelib scheduled operations sandbox tools testing rehearsal tests benchmarks
# Source files, documentation and configuration whose spelling is checked.
SPELLED := $(SOURCES) $(wildcard *.md) docs Makefile pyproject.toml web/src

.PHONY: help run pages test assurance check template-diff audit documents test-engines bench bench-regress bench-web screens \
	package rehearse \
	preflight deploy smoke rollback requirements requirements-check hooks python clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

run: $(READY) $(ENGINE_READY) $(PAGES_READY)  ## start the service locally: pages and API on PORT (8000), sandbox page on SANDBOX_PORT (8001)
	@exec $(BIN)/python -m sandbox

pages: $(PAGES_READY)  ## build the pages of web/ into web/dist

# pytest-xdist cannot distribute tests that share one name, as the contract tests do: they run in a process of their own.
CONTRACT := tests/assurance/test_contract.py
COVERAGE := --cov --cov-report=
# The modules, and the tests within each, are shuffled by a seed that is printed. ORDER=N takes seed N; ORDER=written shuffles nothing.
IN_ORDER := $(if $(filter written,$(ORDER)),-p no:randomly,$(if $(ORDER),--randomly-seed=$(ORDER)))
test: $(DEV_READY) $(ENGINE_READY) $(NPM_DEV_READY) $(PAGES_READY)  ## run all tests in two processes, with coverage; ARGS='-k withdraw' runs some, in one; shuffled, unless ORDER=written; ORDER=N repeats a seed
ifdef ARGS
	$(BIN)/python -m pytest $(IN_ORDER) $(ARGS)
else
	$(NPM) test
	$(BIN)/python -m pytest $(IN_ORDER) $(COVERAGE) --cov-fail-under=0 -n 2 --dist loadfile --no-loadscope-reorder --ignore=$(CONTRACT)
	$(BIN)/python -m pytest $(IN_ORDER) $(COVERAGE)term:skip-covered --cov-append $(CONTRACT)
endif

assurance: $(DEV_READY) $(ENGINE_READY)  ## run the long form of the tests marked `assurance`, about half an hour
	ABTC_ASSURANCE=1 $(BIN)/python -m pytest -m assurance $(ARGS)

test-engines: $(DEV_READY) $(ENGINE_READY)  ## run the table and concurrency tests on ministack, then on dynoxide (from npm)
	$(BIN)/python -m tests.engines

check: $(DEV_READY) $(NPM_DEV_READY) $(PAGES_READY)  ## check style, spelling, types, import directions, generated files, and the templates by rules of AWS
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/codespell $(SPELLED)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tools --check
	$(BIN)/python -m tools.requirements --check
	$(BIN)/python -m tools.guard
	$(NPM) run check

template-diff: $(DEV_READY)  ## show what deploying this checkout would change since COMMIT (HEAD~1), by resource; STAGE (prod)
	$(BIN)/python -m tools.template_diff $(or $(COMMIT),HEAD~1) $(if $(STAGE),--stage $(STAGE)) $(if $(REGION),--region $(REGION))

audit: $(DEV_READY) $(NPM_READY)  ## report known vulnerabilities in pinned dependencies (asks PyPI and npm) and run bandit on the source
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive $(filter-out tests testing benchmarks,$(SOURCES))
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r requirements.txt
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r requirements-dev.txt
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r sandbox/requirements.txt
	$(NPM) audit --omit=dev

documents: $(DEV_READY) $(NPM_DEV_READY) $(PAGES_READY)  ## write the generated documents of docs/ (openapi, lifecycle, acceptance, limits, performance, settings, licences) and the pages' client
	$(BIN)/python -m tools
	$(NPM) run schema

bench: $(DEV_READY) $(ENGINE_READY)  ## run the benchmarks, about eight minutes; ratios go to build/bench.json; FULL=1 adds the large sizes
	$(BIN)/python -m benchmarks $(if $(FULL),--full)

bench-regress: $(DEV_READY) $(ENGINE_READY)  ## count instructions with valgrind; fail if a ratio is more than 10 % worse than the recorded one
	$(BIN)/python -m benchmarks regress

bench-web: $(DEV_READY) $(ENGINE_READY) $(NPM_DEV_READY) $(PAGES_READY)  ## measure bytes, nodes and layout shift of the pages beside Element Plus and Ant Design Vue (from npm)
	$(BIN)/python -m benchmarks.web $(ARGS)

screens: $(DEV_READY) $(ENGINE_READY) $(NPM_DEV_READY) $(PAGES_READY)  ## write pictures of every page to docs/screens/; ARGS='/ /drafts' makes those of some
	$(BIN)/python -m testing.screens $(ARGS)

OF_REGION = STAGE=$(STAGE) REGION=$(REGION) $(BIN)/python -m tools.packaging.region

package: $(DEV_READY) $(PAGES_READY)  ## build the Lambda zip, the pages, their templates and SBOMs for STAGE (prod), its region and ARCH (arm64 or x86_64) in build/
	STAGE=$(STAGE) ARCH=$(ARCH) REGION=$(REGION) $(BIN)/python -m tools.packaging
	mode=$$($(OF_REGION) --mode) && $(NPM) run build:deployed -- --mode $$mode
	$(BIN)/python -m tools.packaging.pages
	$(BIN)/cfn-lint --regions $$($(OF_REGION)) -- build/sam.json

DEPLOYMENT = $(BIN)/python -m tools.deployment
OF_STAGE = --stage $(or $(STAGE),prod) $(if $(REGION),--region $(REGION)) $(if $(YES),--yes)

preflight: $(DEV_READY)  ## check the account and the configuration of STAGE (prod) before a deployment; changes nothing
	$(DEPLOYMENT) preflight $(OF_STAGE)

deploy: package  ## package, upload, show the changes, execute them after a question (YES=1: without) and try the API
	$(DEPLOYMENT) deploy $(OF_STAGE)

smoke: $(DEV_READY)  ## try the deployed API of STAGE (prod) from outside
	$(DEPLOYMENT) smoke $(OF_STAGE)

rollback: $(DEV_READY)  ## deploy again what was deployed before the last deployment, or TO=<deployment>
	$(DEPLOYMENT) rollback $(OF_STAGE) $(if $(TO),--to $(TO))

rehearse: $(DEV_READY) $(ENGINE_READY) $(NPM_READY)  ## deploy the package into the embedded engine and run the main scenario there
	@$(NPM) run build:deployed
	$(BIN)/python -m rehearsal

requirements: | python  ## pin the requirements*.in in requirements*.txt; UPGRADE=1 takes the newest, UPGRADE=name of one package
	$(PYTHON_FOUND) -m tools.requirements $(if $(UPGRADE),$(if $(filter 1,$(UPGRADE)),--upgrade,--upgrade-package $(UPGRADE)))

requirements-check: | python  ## check that each requirements*.txt is up to date with its .in (no network)
	@$(PYTHON_FOUND) -m tools.requirements --check

hooks: $(DEV_READY)  ## install the Git hooks of .pre-commit-config.yaml
	$(BIN)/pre-commit install

python:
	@test -n "$(PYTHON_FOUND)" || { echo "Python 3.12 or newer is needed and none was found; name one with: make PYTHON=/path/to/python3.13 ..."; exit 1; }

$(READY): requirements-run.txt | python
	@$(PREPARE) create $(VENV) $<
	@touch $@

$(DEV_READY): requirements-dev.txt $(READY) | python
	@$(PREPARE) update $(VENV) $<
	@touch $@

$(ENGINE_READY): sandbox/requirements.txt | python
	@$(PREPARE) create $(ENGINE) $<
	@touch $@

$(NODE_READY): web/requirements.txt | python
	@$(PREPARE) create $(NODE) $<
	@touch $@

# Whoever has the development tools keeps them.
$(NPM_READY): web/package-lock.json $(NODE_READY)
	@echo "Preparing web/node_modules/"
	@$(NPM) ci $(if $(wildcard $(NPM_DEV_READY)),,--omit=dev)
	@touch $@

$(NPM_DEV_READY): web/package-lock.json $(NODE_READY)
	@echo "Preparing web/node_modules/ with the development tools"
	@$(NPM) ci
	@touch $(NPM_READY) $@

$(PAGES_READY): $(NPM_READY) $(PAGES)
	@echo "Building the pages"
	@$(NPM) run build:sandbox
	@touch $@

clean:  ## remove the environments and everything else that a target creates
	rm -rf .uv $(VENV) $(ENGINE) $(NODE) web/node_modules web/dist build .sandbox .chalice/deployments .coverage
