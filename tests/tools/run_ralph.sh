#!/bin/sh
# `make test-ralph`: Ralph, another open record store, in an environment of its own; it is followed and sent statements.
set -eu
environment=.tools/ralph
lock=tests/hosts/ralph/requirements.lock
if [ ! -e $environment/.installed ] || [ $lock -nt $environment/.installed ]; then
  echo "Installing Ralph into $environment ..."
  rm -rf $environment
  mkdir -p .tools
  ${PYTHON:-python3} -m venv $environment
  $environment/bin/pip install -qq --require-hashes -r $lock
  touch $environment/.installed
fi
exec .venv/bin/pytest -m ralph tests/hosts/test_ralph.py "$@"
