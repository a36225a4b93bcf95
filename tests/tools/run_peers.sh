#!/bin/sh
# `make bench-peers`: Ralph on ClickHouse's engine, each in an environment of its own, beside the product: [--quick] [--stored N].
set -eu
sh tests/tools/environment.sh ralph
sh tests/tools/environment.sh clickhouse
exec .venv/bin/python tests/tools/with_postgres.py --durable -- .venv/bin/python -m tests.benchmarks peers "$@"
