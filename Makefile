# `make` alone prints the targets below: the text after ## is the help, so it cannot drift from what there is.
.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

PORT ?= 8000
FUZZ ?= short
PYTEST_ARGS ?=
BENCH_ARGS ?=
export DATABASE_URL FUZZ FUZZ_ONLY FUZZ_MINUTES
# Where this is set, every process compiles all modules anew: a tenth of what the tests take.
unexport PYTHONDONTWRITEBYTECODE

bin := .venv/bin
python := $(bin)/python

##@ Start here

.PHONY: help run journey
help: ## print this list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: env-run ## serve on 127.0.0.1:8000 with demo data and reload (PORT=9000, DATABASE_URL=postgresql://..., DEMO=yes)
	@$(python) -m impl.dev --port '$(PORT)' $(if $(filter yes,$(DEMO)),--demo)

journey: env-dev ## walk all stories against a running service, printed step by step (URL=http://127.0.0.1:8000)
	@$(python) -m tests.journey

##@ Every day

.PHONY: check test test-engines test-fast test-costs coverage format generate migration
check: lint test ## everything that CI asks: lint and test

test: env-dev ## all tests, on PostgreSQL and SQLite, in parallel (PYTEST_ARGS="-k word")
	@$(bin)/pytest -n auto --dist worksteal $(PYTEST_ARGS)

test-engines: env-dev ## all tests, and each on both engines, whatever tests/harness/engines.py leaves to one
	@$(bin)/pytest -n auto --dist worksteal --both-engines $(PYTEST_ARGS)

test-fast: env-dev ## after each change: SQLite, without what is slow and rarely concerned (tests/harness/fast.py)
	@$(bin)/pytest -n auto --dist worksteal --fast $(PYTEST_ARGS)

test-costs: env-dev ## all tests, and what they cost in CPU seconds by folder, file and fixture
	@$(bin)/pytest -n auto --dist worksteal --costs $(PYTEST_ARGS)

coverage: env-dev ## all tests, and what share of the lines they run (90 % at least)
	@$(bin)/pytest -n auto --dist worksteal --cov --cov-report=term $(PYTEST_ARGS)

format: env-dev ## put the code into its form
	@$(bin)/ruff check --quiet --fix-only .
	@$(bin)/ruff format --quiet .

generate: env-dev ## write generated/ and docs/states.md anew from openapi/hestami.yaml
	@$(python) -m openapi.codegen

migration: env-dev ## draft a migration from the tables: make migration m="add a column"
	@$(python) -m tools.migrations draft "$(m)"

##@ A change (CONTRIBUTING.md)

.PHONY: quick fails-before decision subjects hooks changelog
quick: lint-rules lint-format lint-imports lint-generated lint-types ## what answers in seconds: contract, form, imports, generated/, types

fails-before: env-dev ## run a test on the code before the change, where it must fail (t=tests/.../test_x.py::test_y)
	@tools/fails-before $(t)

decision: ## begin a page of docs/decisions: make decision t="Prices are integers"
	@tools/decision "$(t)"

subjects: ## check the subjects of the commits that main lacks
	@tools/subjects

hooks: env-dev ## check form, imports, locks and the subject before each commit
	@$(bin)/pre-commit install

changelog: ## list the commits since the last release, by area, to write CHANGELOG.md from
	@tools/changelog

##@ Static checks

.PHONY: lint lint-rules lint-docker lint-format lint-imports lint-generated lint-types lint-docs lint-contract lint-redocly lint-spectral
.PHONY: lint-migrations
# What is wrong with a contract is named after seconds, not behind slower tools; these run side by side, the longest first,
# and what each says stays together where make can do that (4.0).
lint: lint-rules ## every static check; the slow ones only on files that have changed since they passed (tools/if-changed)
	@$(MAKE) --keep-going --jobs=$$(getconf _NPROCESSORS_ONLN) $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) \
		lint-spectral lint-types lint-redocly lint-migrations lint-docs lint-generated lint-format lint-imports lint-docker

lint-rules: env-dev ## our own rules on the contract, which Redocly and Spectral cannot say
	@$(python) -m openapi.codegen --rules

lint-format: env-dev ## form and ruff's rules
	@$(bin)/ruff format --check --quiet . || { echo "Some files are not formatted: make format"; exit 1; }
	@$(bin)/ruff check --quiet .

lint-types: env-dev ## mypy --strict
	@$(bin)/mypy

lint-imports: env-dev ## who may import whom
	@$(bin)/lint-imports --no-logo --cache-dir .cache/import-linter

lint-contract: lint-redocly lint-spectral ## Redocly and Spectral on the contract

node_lint = @tools/if-changed $@ openapi/hestami.yaml redocly.yaml .spectral.yaml package.json package-lock.json -- \
	sh -c 'said=$$(tools/node-env npm run --silent $(subst -,:,$@) 2>&1) || { printf "%s\n" "$$said"; exit 1; }'

lint-redocly: env-node ## Redocly on the contract
	$(node_lint)

lint-spectral: env-node ## Spectral on the contract
	$(node_lint)

lint-generated: env-dev ## generated/ and docs/states.md are what the contract gives
	@tools/if-changed $@ openapi generated docs/states.md pyproject.toml requirements/dev.txt -- $(python) -m openapi.codegen --check

lint-migrations: env-dev ## squawk on their SQL, tables = migrations on both engines
	@tools/if-changed $@ migrations alembic.ini .squawk.toml impl/kernel $$(find impl -name tables.py) tools/migrations.py requirements/dev.txt -- \
		$(python) -m tools.migrations check

lint-docker: env-dev ## hadolint on the Dockerfile
	@$(bin)/hadolint docker/backend/fastapi/Dockerfile

lint-docs: env-dev ## what the documents name is there, and no operation is forgotten
	@said=$$($(bin)/pytest --quiet --no-header tests/docs tests/contract/test_entries.py) || { printf '%s\n' "$$said"; exit 1; }

##@ Now and then

.PHONY: fuzz chaos test-previous bench bench-search bench-inbox bench-connections bench-scaling bench-sealing bench-primary bench-stream bench-recovery load soak mutants rehearse-docker lock clean env-run env-dev env-node
.PHONY: test-pgbouncer
test-pgbouncer: env-dev ## the contract's tests and the races behind a real PgBouncer in transaction mode
	@$(bin)/pytest -n auto --dist worksteal --no-header --pgbouncer --both-engines -k postgresql tests/contract tests/identity/races $(PYTEST_ARGS)

fuzz: env-dev ## schemathesis with all checks on both engines (FUZZ=long FUZZ_ONLY='search.*|quotes' FUZZ_MINUTES=10)
	@$(bin)/pytest -n 2 --no-header -rP tests/fuzz $(PYTEST_ARGS)

chaos: env-dev ## kill processes of the service and the worker 1,000 times under load (KILLS=500 on each engine)
	@KILLS='$(or $(KILLS),500)' $(bin)/pytest -s --no-header tests/chaos $(PYTEST_ARGS)

test-previous: env-dev ## run tests of the last release on the schema of this one (PREVIOUS=v0.1.0)
	@PREVIOUS='$(PREVIOUS)' tools/test-previous $(PYTEST_ARGS)

bench: env-dev ## measure the service beside two baselines, about three minutes, needs wrk (BENCH_ARGS=--quick)
	@$(python) -m bench $(BENCH_ARGS)

bench-search: env-dev ## measure lists and searches on a million listings (BENCH_ARGS='--services 50000 --providers 2000')
	@$(python) -m bench.search $(BENCH_ARGS)

bench-inbox: env-dev ## measure the inbox of a provider with 100,000 inquiries (BENCH_ARGS='--inquiries 10000')
	@$(python) -m bench.inbox $(BENCH_ARGS)

bench-stream: env-dev ## measure 1,000 idle streams of notifications, and the time from a commit to its events
	@$(python) -m bench.streams $(BENCH_ARGS)

bench-recovery: env-dev ## measure a backup and a restoration of 100,000 listings and 2,000 files (BENCH_ARGS='--services 10000')
	@$(python) -m bench.recovery $(BENCH_ARGS)

load: env-dev ## 1,000 people at once beside 5,000 idle connections, with a report (BENCH_ARGS='--people 200 --seconds 60')
	@$(python) -m bench.crowd $(BENCH_ARGS)

soak: env-dev ## the same for twelve minutes, in which no process may grow
	@$(python) -m bench.crowd --seconds 720 --name soak $(BENCH_ARGS)

bench-scaling: env-dev ## measure what a request costs the database, its log and Redis, and how fast the log is replayed
	@$(python) -m bench.scaling $(BENCH_ARGS)

bench-primary: env-dev ## measure reads and commits of one PostgreSQL, without and with NOTIFY
	@$(python) -m bench.primary $(BENCH_ARGS)

bench-sealing: env-dev ## measure how many audit events a second one worker appends to the chain (BENCH_ARGS='--events 10000')
	@$(python) -m bench.sealing $(BENCH_ARGS)

bench-connections: env-dev ## measure how evenly processes get connections of one socket, and of one socket each
	@$(python) -m bench.connections $(BENCH_ARGS)

mutants: env-dev ## break the code in one place at a time and tell which tests notice (MUTANTS_NUMBER=150 MUTANTS_ONLY='impl/edge/*')
	@$(python) -m tools.mutants

rehearse-docker: env-dev ## carry the Dockerfile's steps out without Docker, and run what comes of it
	@$(bin)/pytest --no-header tests/docker $(PYTEST_ARGS)

lock: env-dev ## lock requirements/*.in with hashes (UPGRADE=1 takes the newest)
	@tools/lock

.PHONY: sbom
sbom: env-dev ## write the bill of materials of the image (CycloneDX) from the lock: .cache/sbom/hestami.cdx.json
	@$(python) -m tools.sbom

.PHONY: gazetteer
gazetteer: env-dev ## write the gazetteer of places anew from the packages that requirements/gazetteer.txt pins
	@$(python) -m tools.gazetteer

clean: ## remove what was made, but not .data
	@rm -rf .cache .venv node_modules clients/*/node_modules clients/typescript/node_modules clients/typescript/build clients/typescript/guide .hypothesis schemathesis-report
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

env-run:
	@tools/bootstrap run

env-dev:
	@tools/bootstrap dev

env-node: env-dev
	@tools/node-env true
