#!/bin/sh
# `make test-ralph`: Ralph, another open record store, in an environment of its own; it is followed and sent statements.
set -eu
sh tests/tools/environment.sh ralph
exec .venv/bin/pytest -m ralph tests/hosts/test_ralph.py "$@"
