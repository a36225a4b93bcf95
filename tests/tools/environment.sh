#!/bin/sh
# environment.sh NAME: install tests/hosts/NAME/requirements.lock into .tools/NAME, an environment of its own, unless it is there already.
set -eu
environment=.tools/$1
lock=tests/hosts/$1/requirements.lock
cmp -s "$lock" "$environment/.installed" && exit 0
echo "Installing $lock into $environment ..."
rm -rf "$environment"
mkdir -p .tools
${PYTHON:-python3} -m venv "$environment"
"$environment/bin/pip" install -qq --require-hashes -r "$lock"
cp "$lock" "$environment/.installed"
