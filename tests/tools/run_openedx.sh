#!/bin/sh
# `make test-openedx`: Open edX's own lti-consumer-xblock in an environment of its own, and the journey through it.
set -eu
sh tests/tools/environment.sh openedx
exec .venv/bin/pytest -m openedx tests/hosts/test_openedx_journey.py "$@"
