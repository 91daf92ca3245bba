#!/bin/bash
# Installs the Debian packages whose programs are missing. Usage: get-packages.sh LOG PROGRAM=PACKAGE…
# A program may be a pattern of paths; python3-venv is asked for as PYTHON:venv=PACKAGE.
set -euo pipefail

log=$1
shift

there() {
  case $1 in
    *:venv) "${1%:venv}" -c 'import venv, ensurepip' 2>/dev/null ;;
    /*) compgen -G "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing() {
  local pair
  for pair in "$@"; do there "${pair%=*}" || echo "${pair##*=}"; done | sort -u
}

found=$(missing "$@")
[[ -n $found ]] || exit 0
read -r -d '' -a wanted <<<"$found" || true
how="apt-get install ${wanted[*]}"
command -v apt-get >/dev/null || { echo "packages: missing ${wanted[*]}, and this machine has no apt-get" >&2; exit 1; }
[[ $(id -u) == 0 ]] || { echo "packages: missing; run as root: $how" >&2; exit 1; }

mkdir -p "$(dirname "$log")"
printf 'packages: %s ' "${wanted[*]}"
export DEBIAN_FRONTEND=noninteractive
started=$SECONDS
get() { apt-get install -y --no-install-recommends "${wanted[@]}" </dev/null; }
# Package lists may be missing (a fresh container) or too old; asking for them first would slow every other case.
if { get || { apt-get update && get; }; } 2>&1 | tee "$log" | awk 'NR % 20 == 0 { printf "."; fflush() }'; then
  echo " $((SECONDS - started)) s"
else
  echo
  tail -n 5 "$log" >&2
  echo "packages: cannot be installed: $how (all of it stands in $log)" >&2
  exit 1
fi
left=$(missing "$@")
[[ -z $left ]] || { echo "packages: installed, but their programs are still missing:" $left >&2; exit 1; }
