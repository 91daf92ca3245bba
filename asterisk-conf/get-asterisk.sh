#!/bin/bash
# Makes sure that an Asterisk of 22.4 or newer runs here: the host's own, else Debian's, unpacked under var/.
# Usage: get-asterisk.sh [FOLDER]. ASTERISK_SUITE and ASTERISK_MIRROR override what is unpacked and from where.
set -euo pipefail

root=${1:-var/asterisk/root}
suite=${ASTERISK_SUITE:-forky}
log=$root.log
spare=$root.tmp

fail() { echo "asterisk: $*" >&2; exit 1; }

# Prints the version when it is new enough.
version_of() {
  local found
  found=$("$@" -V 2>/dev/null | sed -nE 's/^Asterisk[^0-9]*([0-9]+\.[0-9]+[0-9.]*).*/\1/p') || return 1
  [[ -n $found && $(printf '%s\n22.4\n' "$found" | sort -V | head -n1) == 22.4 ]] && echo "$found"
}

# The unpacked one runs by its own loader: no chroot and no mount is needed to use it.
unpacked_version() {
  local loader libraries
  loader=$(compgen -G "$1/lib64/ld-linux*.so.*" || compgen -G "$1/lib/ld-linux*.so.*") || return 1
  libraries=$(compgen -G "$1/usr/lib/*-linux-gnu*" | paste -sd:) || return 1
  version_of "${loader%%$'\n'*}" --library-path "$libraries" "$1/usr/sbin/asterisk"
}

# Runs a long step: its output into the log, a sign of life on the screen, its last words when it fails.
step() {
  local title=$1 started=$SECONDS
  shift
  printf '  %s ' "$title"
  if "$@" </dev/null 2>&1 | tee -a "$log" | awk 'NR % 40 == 0 { printf "."; fflush() }'; then
    echo " $((SECONDS - started)) s"
  else
    echo
    tail -n 15 "$log" >&2
    fail "$title: failed; all of it stands in $log"
  fi
}

if host=$(version_of "$(command -v asterisk || echo /usr/sbin/asterisk)"); then
  echo "asterisk: the host's own, $host"
  exit 0
fi
if have=$(unpacked_version "$root"); then
  echo "asterisk: $have in $root"
  exit 0
fi

[[ $(id -u) == 0 ]] || fail "unpacking Debian's needs root: run make as root, or install asterisk 22.4 or newer"
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
script=/usr/share/debootstrap/scripts/sid
[[ -e $script ]] || fail "$script is missing: reinstall debootstrap"
mirror=${ASTERISK_MIRROR:-}
if [[ -z $mirror ]]; then
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  # The machine's own mirror, so that a proxy or a local copy is used here too. `|| true`: head closes the pipe.
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $codename" 'Origin: Debian' \
    | head -n1) || true
fi
[[ -n $mirror ]] || fail "this machine's apt names no Debian mirror: set ASTERISK_MIRROR to one"

# An interrupted run leaves its half in .tmp and is repeated from the start.
if grep -qs " $(realpath -m "$spare")/" /proc/mounts; then
  fail "something is mounted below $spare: umount it, then run again"
fi
rm -rf "$spare"
mkdir -p "$spare" "$(dirname "$log")"
: >"$log"
echo "asterisk: unpacking Debian $suite's into $root (once, about a minute, 350 MB)"
step "base system" debootstrap --variant=minbase "$suite" "$spare" "$mirror" "$script"
# Nothing is started while it is unpacked.
printf '#!/bin/sh\nexit 101\n' >"$spare/usr/sbin/policy-rc.d"
chmod 755 "$spare/usr/sbin/policy-rc.d"
step "asterisk" chroot "$spare" env DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  apt-get -o Acquire::Check-Valid-Until=false install -y --no-install-recommends asterisk
chroot "$spare" apt-get clean
rm -rf "$spare"/var/lib/apt/lists/*

have=$(unpacked_version "$spare") || fail "what was unpacked does not run here, or is older than 22.4; see $log"
rm -rf "$root"
mv "$spare" "$root"
echo "asterisk: $have in $root"
