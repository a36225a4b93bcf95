#!/bin/sh
# `make test`: lint and types, then every test with coverage; the deciding package must be covered branch by branch.
set -eu
bin=.venv/bin
rm -f .coverage .coverage.*
$bin/ruff check . && $bin/mypy && $bin/lint-imports
$bin/coverage run -m pytest "$@"
$bin/coverage combine --quiet
$bin/coverage report --include 'rules/*' --fail-under 100 --show-missing
$bin/coverage report --skip-covered --sort cover | tail -25
