# The developer's door. `donghanh` is the operator's.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test proof check bench bench-queries bench-peers test-openedx test-ralph system format clean

help:  ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

run: .venv/product  ## Start the tool and a practice LMS on this machine; Ctrl-C stops both
	@exec $(BIN)/donghanh practice

test: .venv/developer system  ## Everything at reduced counts, under 20 minutes on 2 cores
	@exec $(BIN)/python tests/tools/with_postgres.py -- sh tests/tools/run_tests.sh

test-openedx: .venv/developer  ## The journey on Open edX's real platform code (installs it into .tools)
	@exec sh tests/tools/run_openedx.sh

test-ralph: .venv/developer  ## Another open record store, followed and sent statements (installs it into .tools)
	@exec sh tests/tools/run_ralph.sh

proof: .venv/developer system  ## The full counts; resumable; results under docs/proof/
	@exec $(BIN)/python tests/tools/with_postgres.py --durable -- $(BIN)/python -m tests.proof

check: .venv/developer  ## Lint, format, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/developer system  ## Figures, as ratios to a peer or the raw limit of the same run
	@exec $(BIN)/python tests/tools/with_postgres.py --durable -- $(BIN)/python -m tests.benchmarks

bench-queries: .venv/developer system  ## GET of every kind at a million statements, on a PostgreSQL that has memory for them
	@exec $(BIN)/python tests/tools/with_postgres.py --durable --buffers 4GB -- $(BIN)/python -m tests.benchmarks queries --stored 1000000

bench-peers: .venv/developer system  ## Writes beside Ralph on ClickHouse's engine (installs both into .tools)
	@exec sh tests/tools/run_peers.sh

format: .venv/developer
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

system:
	@sh tests/tools/system.sh

clean:
	rm -rf .venv .tools instance dist

# One environment: the product's locked packages first, the developers' on top.
.venv/product: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Missing: Python 3.11 or newer with venv (Debian, Ubuntu: apt install python3-venv)"; exit 1; }
	@test -x $(BIN)/python || { echo "Making .venv ..."; $(PYTHON) -m venv .venv; }
	@echo "Installing the locked packages ..."
	@$(BIN)/pip install -qq --no-compile --require-hashes -r requirements.lock
	@$(BIN)/pip install -qq --no-deps --no-build-isolation -e .
	@touch $@

.venv/developer: .venv/product requirements-dev.lock
	@$(BIN)/pip install -qq --require-hashes -r requirements-dev.lock
	@touch $@
