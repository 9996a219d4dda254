#!/usr/bin/env bash
# The test suite under the Pythons of other Debian releases: make test-pythons, or
# tests/pythons.sh [SUITE...]
#
# Each suite (trixie: 3.13, sid: 3.14) is a debootstrap root, made once and kept in
# $FEEDMILL_ROOTS. `make test-wheel test` runs there on a copy of this checkout, in a mount and PID namespace
# of its own: what it starts and mounts ends with it. Mirror, proxy, certificates and pip's
# settings are this machine's. Where such a root cannot be made, a line says so, and nothing fails.
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null

roots=${FEEDMILL_ROOTS:-${XDG_CACHE_HOME:-$HOME/.cache}/feedmill/roots}
packages=python3,python3-venv,make,ca-certificates
make_seconds=600 test_seconds=900
log=$(mktemp)
trap 'rm -f "$log"' EXIT

skip() {
  echo "tests/pythons.sh: skipped${1:+ $1}: $2" >&2
}

# Debian's mirror as apt knows it; debootstrap has a default of its own.
mirror() {
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    sed -n 's/^Debian //p' | head -n 1
}

make_root() {
  local suite=$1 Http='' Https=''
  eval "$(apt-config shell Http Acquire::http::Proxy Https Acquire::https::Proxy)"
  rm -rf "$roots/$suite.part"
  mkdir -p "$roots"
  # shellcheck disable=SC2046 -- no mirror is no argument
  env ${Http:+http_proxy="$Http"} ${Https:+https_proxy="$Https"} timeout "$make_seconds" \
    debootstrap --variant=minbase --include="$packages" "$suite" "$roots/$suite.part" \
    $(mirror) >"$log" 2>&1 || return
  mv "$roots/$suite.part" "$roots/$suite"
}

# The files that pip reads here, and the folders that they and its variables name: of an index
# the folder around it too, where its files are.
pip_paths() {
  python3 -m pip config debug 2>/dev/null | sed -n 's/^ *\(\/.*\), exists: True$/\1/p'
  python3 -m pip config list 2>/dev/null | tr "'\" =" '\n' |
    sed -n -e 's|^file://\(/.*\)/[^/]*$|\1|p' -e 's|^/|/|p'
}

# Runs in the namespaces, as their first process.
inside() {
  local root=$1 path
  mount --bind "$root" "$root"
  mount --rbind /dev "$root/dev"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount -t tmpfs tmpfs "$root/run"
  while read -r path; do
    [[ -e $path ]] || continue
    if [[ -d $path ]]; then
      mkdir -p "$root$path"
    else
      mkdir -p "$(dirname "$root$path")"
      [[ -e $root$path ]] || : >"$root$path"
    fi
    mount --bind -o ro "$path" "$root$path"
  done < <(sort -u <<<"$(pip_paths)"$'\n'"/etc/ssl
/usr/share/ca-certificates
/usr/local/share/ca-certificates
/etc/hosts
/etc/resolv.conf")
  env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
    chroot "$root" make -C /src PYTHON=/usr/bin/python3 test-wheel test
}

# What this checkout has and git does not ignore; the environment made there before stays.
copy_sources() {
  local source=$1/src
  mkdir -p "$source"
  find "$source" -mindepth 1 -maxdepth 1 ! -name .venv -exec rm -rf {} +
  git ls-files -z --cached --others --exclude-standard --deduplicate |
    tar --create --null --files-from - --ignore-failed-read 2>/dev/null | tar -x -C "$source"
  rm -rf "${1:?}"/tmp/*
}

run_suite() {
  local suite=$1 root=$roots/$1
  if [[ ! -d $root ]] && ! make_root "$suite"; then
    skip "$suite" "debootstrap made no root of it: $(tail -n 1 "$log")"
    return 0
  fi
  copy_sources "$root"
  echo "tests/pythons.sh: $suite: $(chroot "$root" /usr/bin/python3 --version)"
  # The limit stays outside: coreutils' timeout takes a parent with the id 1 for a dead one.
  timeout --kill-after 30 "$test_seconds" \
    unshare --mount --pid --fork --kill-child "$BASH" tests/pythons.sh --inside "$root"
}

main() {
  local program suite failed=0
  if [[ ${1-} == --inside ]]; then
    inside "$2"
    return
  fi
  for program in debootstrap unshare chroot git; do
    command -v "$program" >/dev/null || { skip '' "$program is not installed"; return 0; }
  done
  ((EUID == 0)) || { skip '' "only root can make and enter such roots"; return 0; }
  unshare --mount --pid --fork true 2>"$log" || { skip '' "$(tail -n 1 "$log")"; return 0; }
  (($#)) || set -- trixie sid
  for suite; do
    run_suite "$suite" || failed=1
  done
  return "$failed"
}

main "$@"
