#!/bin/bash
# binfmt-root.sh TSEMU FOLDER OPTIONS SYSROOT DIR COMMAND...: makes user and mount namespaces with a private binfmt_misc (Linux 6.7), registers
# there all guests of the single file in FOLDER by TSEMU's own command with OPTIONS (words), and runs COMMAND with SYSROOT as the root folder,
# none of the host's libraries in it, and DIR at its own path as the working folder; where SYSROOT is -, with DIR as the root folder, and where
# DIR is - too, with the machine's own. The machine's own table is not touched.
# As root, users 0 to 65535 are the machine's own; otherwise there is root alone. Answers 125 where such namespaces cannot be had.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/guest-root.sh"

if [ "${1:-}" != --inside ]; then
  if [ "$(id -u)" != 0 ]; then
    exec unshare --user --map-root-user --mount --propagation private "${BASH_SOURCE[0]}" --inside "$@"
  fi
  # The maps are written from outside, which what is inside waits for. A shell gives what runs in the background no input.
  exec 3<&0
  pipe=$(mktemp -u)
  mkfifo "$pipe"
  unshare --user --mount --propagation private "${BASH_SOURCE[0]}" --inside --wait "$pipe" "$@" <&3 3<&- &
  inside=$!
  until [ "$(readlink "/proc/$inside/ns/user")" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.01; done
  echo '0 0 65536' > "/proc/$inside/uid_map"
  echo '0 0 65536' > "/proc/$inside/gid_map"
  echo > "$pipe"
  rm "$pipe"
  status=0
  wait "$inside" || status=$?
  exit "$status"
fi
shift
if [ "$1" = --wait ]; then
  read -r < "$2"
  shift 2
  exec setpriv --reuid 0 --regid 0 --clear-groups "${BASH_SOURCE[0]}" --inside "$@"
fi

tsemu=$1 folder=$2 options=$3 sysroot=$4 dir=$5
shift 5
trap 'exit 125' ERR
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
trap - ERR
# shellcheck disable=SC2086 # the options are words
"$tsemu" binfmt register --all --from "$folder" $options >&2
if [ "$sysroot$dir" = -- ]; then exec "$@"; fi
if [ "$sysroot" = - ]; then exec /usr/sbin/chroot "$dir" "$@"; fi
root=$sysroot.root # only a place to mount on
mkdir -p "$root"
guest_root "$root" "$sysroot" "$dir"
exec /usr/sbin/chroot "$root" /usr/bin/env -C "$dir" "$@"
