#!/bin/sh
# `make test`: lint and types; the deciding package, covered branch by branch; everything else on every core; then the browser.
set -eu
bin=.venv/bin
$bin/ruff check . && $bin/ruff format --check --quiet . && $bin/mypy && $bin/lint-imports
rm -f .coverage .coverage.*
$bin/coverage run --source rules -m pytest -q tests/rules
$bin/coverage combine --quiet
$bin/coverage report --fail-under 100 --show-missing
$bin/pytest -q -n "$(nproc)" --dist loadfile --ignore tests/rules "$@"
$bin/pytest -q -n 2 --dist loadfile -m browser tests/browser tests/journeys
