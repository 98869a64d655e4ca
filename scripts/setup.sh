#!/bin/bash
# setup.sh WHAT...: makes ready what tests and benchmarks need beyond npm's packages. Run again, it only looks.
#   bundle     dist/, built again when a source is newer
#   packages   cross compiler and qemu-user; installed with apt-get when run as root on Debian, otherwise asked for
#   sysroot    Debian's programs of each guest that has some, unpacked in the cache (never installed)
# Prints nothing unless there is something to do. TSEMU_CACHE names the cache; default ~/.cache/tsemu.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/paths.sh

# What must be there, and the Debian package that brings it.
requirements='
/usr/bin/qemu-arm                                 qemu-user
/usr/bin/arm-linux-gnueabihf-gcc                  gcc-arm-linux-gnueabihf
/usr/bin/arm-linux-gnueabihf-g++                  g++-arm-linux-gnueabihf
/usr/arm-linux-gnueabihf/lib/libc.a               libc6-dev-armhf-cross
/usr/bin/riscv64-linux-gnu-gcc                    gcc-riscv64-linux-gnu
/usr/bin/riscv64-linux-gnu-g++                    g++-riscv64-linux-gnu
/usr/riscv64-linux-gnu/lib/libc.a                 libc6-dev-riscv64-cross
/usr/bin/gcc                                      gcc
/usr/include/stdio.h                              libc6-dev
/usr/bin/gdb-multiarch                            gdb-multiarch
/usr/bin/script                                   bsdutils
/usr/bin/unshare                                  util-linux
/usr/share/keyrings/debian-archive-keyring.gpg    debian-archive-keyring
'

missing_packages() {
  local file package
  while read -r file package; do
    [ -z "$file" ] || [ -e "$file" ] || echo "$package"
  done <<< "$requirements"
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@"
}

setup_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
    echo "tests need packages that are missing. As root: apt-get install --no-install-recommends ${missing[*]}" >&2
    return 1
  fi
  echo "setup: installing ${missing[*]}"
  apt_install "${missing[@]}" || { apt-get -q update && apt_install "${missing[@]}"; }
}

unpack_debian() {
  local guest=$1 sysroot arch suite packages
  sysroot=$(sysroot_of "$guest")
  if [ -e "$sysroot" ]; then
    touch "$sysroot" # in use
    return
  fi
  read -r -d '' arch suite packages < <(debian_of "$guest") || true
  echo "setup: unpacking Debian $arch programs into $sysroot"
  # shellcheck disable=SC2086 # the packages are words
  if ! scripts/sysroot.sh "$sysroot" "$arch" "$suite" $packages > "$sysroot.log" 2>&1; then
    tail -n 20 "$sysroot.log" >&2
    echo "setup: there is no Debian $suite for $guest ($arch): $(tail -n 1 "$sysroot.log"); what needs it fails" >&2
    return 1
  fi
  rm "$sysroot.log"
  # Trees of older lists, a day after their last use.
  find "$cache" -maxdepth 1 -name "$arch-*" ! -path "$sysroot*" -mtime +0 -exec rm -rf {} +
}

setup_sysroot() {
  local guest failed=0
  mkdir -p "$cache"
  for guest in $debian_guests; do
    ( # a second run waits for the first instead of unpacking into the same folder
      flock 9
      unpack_debian "$guest"
    ) 9> "$cache/sysroot.lock" || failed=1
  done
  return $failed
}

setup_bundle() {
  # start.bin needs a compiler, which there may not have been when npm built the rest.
  if [ ! -e dist/tsemu.cjs ] || { [ "$(uname -m)" = x86_64 ] && [ ! -e dist/start.bin ] && command -v gcc > /dev/null; } || [ -n "$(find src scripts/build.mjs package.json -newer dist/tsemu.cjs -print -quit)" ]; then
    node scripts/build.mjs
  fi
}

for what in "$@"; do
  case $what in
    bundle | packages | sysroot) "setup_$what" ;;
    *) echo "setup.sh: what is $what?" >&2; exit 1 ;;
  esac
done
