# `make help` lists the targets. `make demo` and `make test` do all the set-up themselves.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := fixtures/sites/residential
DATA ?= examples/it-service-desk/sample
.DEFAULT_GOAL := help
# The suite and the benchmarks start hundreds of processes: none of them compiles the modules again.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help demo test hunt pythons soak bench example sample schemas snapshots lint lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# The Debian packages that set-up needs are installed as root; otherwise the names are said and nothing is skipped.
$(VENV)/.base: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; found $$($(PYTHON) --version)"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(MAKE) --no-print-directory debian PACKAGES=python3-venv
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -c 'import sysconfig, pathlib; pathlib.Path(sysconfig.get_path("purelib"), "checkout.pth").write_text(str(pathlib.Path.cwd()) + "\n")'
	@printf '#!%s\nfrom checker.cli import main\nmain()\n' "$(CURDIR)/$(BIN)/python" > $(BIN)/checker && chmod +x $(BIN)/checker
	@touch $@

$(VENV)/.all: $(VENV)/.base requirements-dev.lock
	@command -v chromium >/dev/null || $(MAKE) --no-print-directory debian PACKAGES=chromium
	@command -v gcc >/dev/null && $(BIN)/python -c 'import pathlib, sys, sysconfig; sys.exit(not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists())' \
	  || $(MAKE) --no-print-directory debian PACKAGES="gcc libc6-dev python3-dev"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: debian
debian:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq $(PACKAGES) >/dev/null; \
	else echo "these Debian packages are missing: $(PACKAGES); install them as root: apt-get install $(PACKAGES)"; exit 2; fi

demo: $(VENV)/.base ## Set up, audit the sample site against the whole residential profile, say where the report is
	@$(BIN)/checker audit $(SAMPLE)/数据 --profile residential --mapping $(SAMPLE)/对照表.yaml --period 2026-10 --out build/demo; code=$$?; \
	if [ $$code -eq 1 ]; then echo; echo "Exit code 1 means: violations were found, which is what the sample is for."; \
	elif [ $$code -ne 0 ]; then exit $$code; fi; \
	echo "The report is build/demo/report.html (and report.xlsx, notices.html); violations.csv opens in Excel."

test: $(VENV)/.all lint ## Set up with all extras, run every check and the whole suite
	@echo "Windows, as far as Linux can imitate it:"
	@$(BIN)/python -m pytest --collect-only -m windows $$(grep -l "mark\.windows" tests/*.py) | sed -n 's/^tests/  tests/p'
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.all ## Style, types, import direction
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports > build-lint.log 2>&1 || { cat build-lint.log; rm -f build-lint.log; exit 1; }; rm -f build-lint.log

hunt: $(VENV)/.all ## The slow hunts: mutated YAML, random worlds, random kills
	@$(BIN)/python -m pytest -m hunt -s

pythons: $(VENV)/.all ## The live tests on every Python that is here, each named
	@ran=; for version in 3.11 3.12 3.13; do \
	  found=; for one in python$$version $$(ls -d $$HOME/.pyenv/versions/$$version.*/bin/python 2>/dev/null); do $$one -c '' 2>/dev/null && found=$$one; done; \
	  if [ -z "$$found" ]; then echo "Python $$version is not here"; continue; fi; \
	  there=build/pythons/$$version; echo "$$($$found --version): $$found"; \
	  $$found -m venv $$there && $$there/bin/python -m pip install -q --disable-pip-version-check --no-cache-dir ".[live]" pytest hypothesis && \
	  $$there/bin/python -m pytest tests/test_live*.py tests/test_watch_live.py || exit 1; ran="$$ran $$version"; \
	done; echo "the live tests passed on Python$$ran"

soak: $(VENV)/.all ## An hour of live replay: memory must stay where it is (MINUTES=60)
	@$(BIN)/python -m benchmarks.live soak --minutes $(or $(MINUTES),60)

bench: $(VENV)/.all ## Measure, write benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks

example: $(VENV)/.base ## Audit the IT service desk log; DATA=path/to/incident_event_log.csv.gz for the whole of it
	@$(BIN)/checker audit $(DATA) --policies examples/it-service-desk --profile examples/it-service-desk/profile.yaml \
	  --mapping examples/it-service-desk/mapping.yaml --period 2016-02-29..2017-02-18 --max-unknown "10 %" --out build/it-service-desk; code=$$?; \
	if [ $$code -gt 1 ]; then exit $$code; fi

sample: $(VENV)/.all ## Make the sample site's exports again
	@$(BIN)/python -m fixtures.sites.generate

schemas: $(VENV)/.base ## Write the JSON Schemas that editors use
	@$(BIN)/checker schema --out schemas

snapshots: $(VENV)/.all ## Write tests/snapshots again: every format over one small run; read the difference before it is committed
	@SNAPSHOTS=write $(BIN)/python -m pytest tests/test_snapshots.py

lock: ## Pin the dependencies again
	@$(PYTHON) -m venv build/lock && build/lock/bin/pip install -q pip-tools
	@build/lock/bin/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras -o requirements.lock pyproject.toml
	@build/lock/bin/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --allow-unsafe --extra dev --extra bench --extra live -o requirements-dev.lock pyproject.toml

clean: ## Remove what make made
	@rm -rf build $(VENV) .pytest_cache .mypy_cache .ruff_cache
