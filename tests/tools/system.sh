#!/bin/sh
# What the tests need of the machine: installed by apt when root; otherwise one line says what is missing and what is left out.
set -u
missing=""
[ -n "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] || missing="$missing postgresql"
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing="$missing chromium"
command -v pdfsig >/dev/null && command -v pdftotext >/dev/null || missing="$missing poppler-utils"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing$missing ..."
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null
  left=""
  for package in $missing; do # each by itself: Ubuntu's apt has no chromium, and that must not cost the others
    apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 || left="$left $package"
  done
  [ -z "$left" ] || echo "apt could not install$left: their tests are left out."
  exit 0
fi
echo "Not installed:$missing (apt install$missing): their tests are left out."
