#!/bin/sh
# `make test-openedx`: Open edX's own lti-consumer-xblock in an environment of its own, and the journey through it.
set -eu
environment=.tools/openedx
lock=tests/hosts/openedx/requirements.lock
if [ ! -e $environment/.installed ] || [ $lock -nt $environment/.installed ]; then
  echo "Installing Open edX's platform code into $environment ..."
  mkdir -p .tools
  ${PYTHON:-python3} -m venv $environment
  $environment/bin/pip install -qq --require-hashes -r $lock
  touch $environment/.installed
fi
exec .venv/bin/pytest -m openedx tests/hosts/test_openedx_journey.py "$@"
