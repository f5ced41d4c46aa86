# The commands of the project. None needs an activated environment: `make setup` puts everything in .venv.
# Variables: PORT=8001 (make run), IMPACT_VAR=folder (data of make run), FULL=1 (whole matrix),
#            T=tests/web (some tests only), PYTHON=/path/to/python (the interpreter that makes .venv).
.DEFAULT_GOAL := help
.PHONY: help setup setup-test run demo test bench lint lock studio
MAKEFLAGS += --no-print-directory

VENV_PYTHON := .venv/bin/python
T ?= tests
ifdef PORT
export IMPACT_PORT := $(PORT)
endif

# The first interpreter that is recent enough runs bootstrap.py, which needs the standard library only.
define BOOTSTRAP
found=; \
for candidate in "$(PYTHON)" python3 python3.13 python3.12 python3.11 python3.14; do \
  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found="$$candidate"; break; fi; \
done; \
if [ -z "$$found" ]; then \
  echo "Il faut Python 3.11 ou plus récent (et pip) : installez-le, puis relancez la commande." >&2; \
  echo "Python 3.11 or newer (with pip) is needed: install it, then run the command again." >&2; \
  exit 1; \
fi; \
exec "$$found" bootstrap.py
endef

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## prepare the environment (.venv) and nothing else
	@$(BOOTSTRAP) run

setup-test:
	@$(BOOTSTRAP) test

run: setup ## start the platform on this machine, with its data in var/ (PORT=8001 for another port)
	@exec $(VENV_PYTHON) -m app.supervisor

demo: setup ## add a wave filled with simulated respondents
	@exec $(VENV_PYTHON) -m app.supervisor demo

test: setup-test ## all the tests and gates (FULL=1 for the whole matrix, T=tests/web for some)
	@exec $(VENV_PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q $(T)

bench: setup-test ## every benchmark, beside its baseline
	@exec $(VENV_PYTHON) -m benchmarks

lint: setup-test ## ruff, mypy and import-linter alone
	@$(VENV_PYTHON) -m ruff check . && $(VENV_PYTHON) -m mypy && .venv/bin/lint-imports --no-logo

lock: setup-test ## compile requirements/*.txt again from pyproject.toml
	@$(VENV_PYTHON) bootstrap.py lock

studio: ## build the script of the studio again from its sources (needs node 20 and npm; nothing else does)
	@cd app/web/design/script && npm ci --ignore-scripts --no-audit --no-fund && npx tsc && node build.mjs
