# Two commands matter: `make demo` and `make test`. The rest serves them.
SHELL := /bin/sh
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 3
# A file stays with one worker; tests/conftest.py says which begin first.
SPREAD := --dist loadfile --no-loadscope-reorder

# Byte code is kept: each of a dozen processes would compile the same packages anew at every start.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help install demo up test test-isolation fuzz test-slow proof lint format types schemas secrets audit-deps bench coverage clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: $(VENV)/.installed ## the virtual environment, from uv.lock

# uv itself comes from the package index into a venv of its own, so that only python3-venv has to be there.
$(VENV)/.installed: pyproject.toml uv.lock
	@echo "installing the locked packages into $(VENV) …"
	@test -x $(BIN)/python || python3 -m venv $(VENV)
	@$(BIN)/uv --version 2>/dev/null | grep -q "$(UV_VERSION)" || $(BIN)/python -m pip install -q "uv==$(UV_VERSION)"
	@UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv sync --frozen --inexact --compile-bytecode -q
	@touch $@

demo: install ## the main job before your eyes on the embedded stack (ONCE=1: ends by itself)
	@exec $(BIN)/legion demo $(if $(filter 1,$(ONCE)),--once,)

up: install ## the embedded stack, without the demo
	@exec $(BIN)/legion up

test: install ## all tests but the slow ones, on real Kafka, PostgreSQL and chDB
	$(BIN)/pytest -n $(WORKERS) $(SPREAD) -m "not slow" $(ARGS)

test-isolation: install ## S1: every route by everybody, with another company's ids; and the controls
	$(BIN)/pytest -s tests/isolation $(ARGS)

fuzz: install ## Schemathesis: requests made from the OpenAPI document, answers held against it
	$(BIN)/pytest -s tests/fuzz $(ARGS)

test-slow: install ## the long proofs
	$(BIN)/pytest -m slow --timeout 3600 $(ARGS)

proof: install ## the claims, tried on the embedded stack (QUICK=1: 10 minutes; CLAIMS="R3 R4")
	$(BIN)/legion proof $(CLAIMS) $(if $(filter 1,$(QUICK)),--quick,)
	$(if $(filter 1,$(QUICK)),,$(BIN)/python -m proof.page)

coverage: install ## the tests with branch coverage, at least 80 %
	$(BIN)/pytest -n $(WORKERS) $(SPREAD) -m "not slow" --cov --cov-report=term --cov-fail-under=80 --durations 30 $(ARGS)

lint: install ## ruff, mypy --strict, import rules, project laws, schema drift, secrets
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python -m tools.lints
	@$(MAKE) --no-print-directory schemas secrets

schemas: install ## generated schemas and catalogue are what the domain says, and compatible
	$(BIN)/python -m eventlog.generate --check
	$(BIN)/python -m eventlog.catalogue --check
	$(BIN)/python -m api.permissions --check
	$(BIN)/python -m proof.page --check

secrets: install ## no secret is committed
	git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook --baseline .secrets.baseline

audit-deps: install ## known vulnerabilities of the locked packages: fails where a newer version mends one
	$(BIN)/python -m tools.audit_deps

format: install ## rewrites what can be rewritten
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install ## figures with floors from the same run, into benchmarks/results/
	$(BIN)/python -m benchmarks

clean: ## removes local data and caches, keeps the virtual environment
	rm -rf .legion .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
