#!/bin/sh
# Make the two lock files anew (uv from PyPI): the product's, and the developers' on top of it. Hashes, no host names, one file for every Python.
set -eu
cd "$(dirname "$0")/../.."
options="--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet"
uv pip compile pyproject.toml --group dev $options -o requirements-dev.lock "$@"
uv pip compile pyproject.toml --group build -c requirements-dev.lock $options -o requirements.lock "$@"
