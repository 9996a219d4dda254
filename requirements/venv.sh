#!/bin/sh
# Makes .venv for the Makefile: requirements/venv.sh PYTHON FOLDER
#
# What is missing is named in one line with the command that brings it; root on Debian or a
# relative of it gets it installed.
set -eu
python=$1 folder=$2

missing() {
  if ! command -v "$python" >/dev/null; then
    echo python3 python3-venv
  elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo python3-venv
  fi
}

wanted=$(missing)
if [ -n "$wanted" ] && command -v apt-get >/dev/null; then
  if [ "$(id -u)" = 0 ]; then
    echo "make: installing $wanted"
    apt-get update -q >/dev/null
    # shellcheck disable=SC2086 -- several packages
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $wanted >/dev/null
    wanted=$(missing)
  fi
  if [ -n "$wanted" ]; then
    echo "make: $wanted is missing: sudo apt-get install $wanted" >&2
    exit 1
  fi
elif [ -n "$wanted" ]; then
  echo "make: Python 3.11 or newer with its module venv is missing: install your system's package" >&2
  exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "make: $("$python" --version) is too old: make PYTHON=python3.11 names another" >&2
  exit 1
fi
exec "$python" -m venv "$folder"
