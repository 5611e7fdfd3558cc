# Jalon. `make report` and `make test` set themselves up from a fresh clone with Python 3.11+ and make alone.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
SESSION ?= CNS-12

# No tool of the stack calls home.
export DAGSTER_DISABLE_TELEMETRY := 1
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help setup spark sail report test test-long lint format dev bench inbox columns guide dictionary extraction-quality lock audit licences sbom clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

setup: $(READY) ## the environment, in .venv

# The lock is complete: nothing is left for pip to resolve. Byte code is compiled afterwards, on all cores: without it every
# start is three times slower, and pip compiles on one. What does not compile is a package's own template or test.
INSTALL := -m pip install --quiet --disable-pip-version-check --no-deps
COMPILE := -m compileall -qq -j 0

$(READY): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python $(INSTALL) --no-compile --require-hashes -r requirements.lock
	$(BIN)/python $(INSTALL) --no-build-isolation -e .
	$(BIN)/python $(COMPILE) $(VENV)/lib || true
	touch $@

# Environments of their own: pyspark and pyspark-client of these releases cannot stand together, and the main one needs neither.
spark: .venv-spark/.ready ## the environment with Spark, in .venv-spark (Java 17 comes from the system)

# It reads the main environment's packages where they are and holds Spark's alone.
.venv-spark/.ready: $(READY) requirements-spark.lock
	test -x .venv-spark/bin/python || $(PYTHON) -m venv .venv-spark
	$(BIN)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))" > `.venv-spark/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))"`/main.pth
	.venv-spark/bin/python $(INSTALL) --require-hashes -r requirements-spark.lock
	.venv-spark/bin/python $(INSTALL) --no-build-isolation -e .
	touch $@

sail: .venv-sail/.ready ## the environment of the dialect's check, in .venv-sail

.venv-sail/.ready: requirements-sail.lock
	test -x .venv-sail/bin/python || $(PYTHON) -m venv .venv-sail
	.venv-sail/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-sail.lock
	touch $@

report: $(READY) ## the deliverables of a session (SESSION=CNS-12)
	$(BIN)/jalon report --session $(SESSION)

# Two workers: what the machines of this project have. One file goes to one worker, so that its fixtures are built once,
# in the order of tests/conftest.py: by itself xdist gives out last the files of few tests, which are the longest here.
PYTEST := $(BIN)/python -m pytest -n $(or $(WORKERS),2) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test: $(READY) ## the tests (PYTEST_ARGS="-k word" for some of them)
	$(PYTEST) -m "not long"

test-long: $(READY) ## the long harnesses: kills, recovery, servers, a moved clock, systemd, the browser
	$(PYTEST) -m long

lint: $(READY) ## format, style, types, imports, SQL
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/tests

format: $(READY) ## put code and SQL into form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/sqlfluff fix --disable-progress-bar dbt_project/models dbt_project/tests

dev: $(READY) ## the Dagster UI on http://127.0.0.1:3000
	$(BIN)/jalon dev

bench: $(READY) ## measure, each case beside its reference (CASES="report check" SIZE=small|full TURNS=3)
	$(BIN)/python -m benchmarks $(CASES) --size $(or $(SIZE),small) --turns $(or $(TURNS),3)

inbox: $(READY) ## write the shipped workbooks and decisions again
	$(BIN)/python -m tools.reconstitution

columns: $(READY) ## what models and exports write out of the workbook's schema
	$(BIN)/python -m tools.workbook_columns

guide: $(READY) ## the tables of docs/guide-partenaire.md from the workbook's schema
	$(BIN)/python -m tools.partner_guide docs/guide-partenaire.md

dictionary: $(READY) ## docs/data-dictionary.md from the dbt project
	$(BIN)/python -m tools.data_dictionary

extraction-quality: $(READY) ## precision and recall of the document reader
	$(BIN)/python -m tools.extraction_quality

lock: ## requirements.lock from pyproject.toml (wants uv)
	uv pip compile pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 \
	  --no-header --no-emit-index-url --no-annotate --no-strip-extras --quiet -o requirements.lock

audit: $(READY) ## known vulnerabilities of what requirements.lock pins (asks a service on the network)
	$(BIN)/pip-audit --requirement requirements.lock --disable-pip --require-hashes --desc

licences: $(READY) ## docs/security/licences.md; fails on a licence nobody has looked at
	$(BIN)/python -m tools.licences

sbom: $(READY) ## var/sbom.cdx.json: every component, CycloneDX 1.6, validated
	mkdir -p var
	$(BIN)/cyclonedx-py environment $(VENV) --pyproject pyproject.toml --output-reproducible --validate -o var/sbom.cdx.json

clean: ## everything that can be made again, the landing included
	rm -rf var $(VENV) dbt_project/target dbt_project/logs .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
